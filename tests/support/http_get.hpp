// One plain HTTP request, for tests that look at a listener without our own client.
#pragma once

#include <cstdint>
#include <string>

namespace cumulet::test {

struct Answer {
    int status = 0;  // 0: nobody answered
    std::string body;
};

// GET http://127.0.0.1:port/path, connection closed afterwards. The body is given as sent (no chunked decoding).
Answer http_get(std::uint16_t port, const std::string& path);

}  // namespace cumulet::test

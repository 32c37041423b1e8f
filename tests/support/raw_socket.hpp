// A blocking socket that says exactly what a test wants said.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cumulet::test {

class RawSocket {
public:
    explicit RawSocket(std::uint16_t port);
    ~RawSocket();
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;

    // False when the other side does not take it any more.
    bool send(std::string_view bytes);
    // False when something (the end included) came within the time.
    bool waits(std::chrono::milliseconds time);
    void end();  // no more will be sent
    // One answer: header and, by Content-Length or chunked coding (kept as sent), its body. What came until then at the
    // end of the connection.
    std::string read_answer(bool to_head = false);
    std::string read_until(std::string_view marker);
    std::string read_to_end();
    std::string read_bytes(std::size_t count);  // fewer at the end of the connection
    // Whether the other side closed (waits for it or for bytes).
    bool closed();

private:
    bool fill();
    int fd_ = -1;
    std::string buffer_;
};

}  // namespace cumulet::test

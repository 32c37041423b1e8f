// What takes a server's connection over after a request, for another protocol than HTTP. Internal to common/http.
#pragma once

#include "common/http/stream.hpp"

namespace cumulet::http {

class Upgrade {
public:
    virtual ~Upgrade() = default;
    // Answers the request and goes on until its protocol ends; then the connection is closed. Stream::cancel() ends it
    // early.
    virtual Task<void> run(Stream& stream, const std::string& server_name) = 0;
};

}  // namespace cumulet::http

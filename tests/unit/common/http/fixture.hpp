// A server on loopback with a handler that shows what it was asked.
#pragma once

#include <string>

#include "common/http/io.hpp"
#include "common/http/server.hpp"

namespace cumulet::http::test {

// /echo: the body; /show: method, path, query and body size; /ignore: does not read the body; /size/N: N bytes of text;
// /stream/N: N bytes without a known length; /broken: a source that throws half-way; /throw; /limit: at most 10 bytes
// of body.
Response respond(Request& request, std::string body);
Task<Response> sample_handler(Request& request);

struct TestServer {
    explicit TestServer(ServerOptions options = {}, Handler handler = sample_handler, unsigned threads = 2)
        : io(threads), server(io, std::move(options), std::move(handler)) {
        server.start();
    }
    std::uint16_t port() const { return server.port(); }
    std::string url(std::string_view path, std::string_view scheme = "http") const {
        return std::string(scheme) + "://127.0.0.1:" + std::to_string(port()) + std::string(path);
    }
    Io io;
    Server server;
};

// Bytes that tell when two pieces are exchanged or one is lost.
std::string pattern(std::size_t size);

}  // namespace cumulet::http::test

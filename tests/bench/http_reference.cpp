// The HTTP server with nothing behind it: the reference that daemons are compared with.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "common/http/server.hpp"

namespace http = cumulet::http;

int main(int argc, char** argv) {
    http::Io io(argc > 1 ? static_cast<unsigned>(std::max(1, std::atoi(argv[1]))) : 1);
    const std::string text(200, 'x');
    http::Server server(io, {}, [&text](http::Request& request) -> http::Task<http::Response> {
        http::Response response;
        response.headers.set("Content-Type", "text/plain");
        response.body = text;
        if (request.method != http::Method::get) response.body = co_await request.body->read_all(1 << 20);
        co_return response;
    });
    server.start();
    fmt::print("http://127.0.0.1:{}/\n", server.port());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    server.stop(std::chrono::seconds(1));
}

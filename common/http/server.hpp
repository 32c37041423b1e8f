// The HTTP/1.1 server: keep-alive, pipelining, chunked coding both ways, Expect: 100-continue, bounds on header, body
// and time, sendfile, TLS (certificates re-read when their files change), graceful drain.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/http/body.hpp"
#include "common/http/io.hpp"
#include "common/http/message.hpp"

namespace cumulet::http {

struct TlsOptions {
    std::string cert_file, key_file;  // PEM; empty: plain HTTP
    std::string client_ca_file;       // when set, clients must show a certificate signed by it
    bool enabled() const { return !cert_file.empty(); }
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    TlsOptions tls;
    std::size_t max_header_bytes = 64 * 1024;
    std::size_t max_connections = 10'000;
    std::chrono::milliseconds header_timeout_ms{10'000};  // from the first byte of a request to the end of its header
    std::chrono::milliseconds idle_timeout_ms{75'000};    // between requests
    std::chrono::milliseconds body_timeout_ms{60'000};    // without a byte, either way
    std::string server_name = "cumulet";
};

// Runs on an io thread and may suspend. An exception that gets out is logged and answered 500 without detail.
using Handler = std::function<Task<Response>(Request&)>;

class Server {
public:
    // Binds and listens at once; throws std::system_error when the address is taken.
    Server(Io& io, ServerOptions options, Handler handler);
    ~Server();
    std::uint16_t port() const;
    void start();  // accept
    // Stops accepting, closes idle connections, lets running requests finish up to `grace`, then breaks them off.
    // Blocks; not to be called on an io thread.
    void stop(std::chrono::milliseconds grace);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace cumulet::http

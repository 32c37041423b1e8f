// The HTTP/1.1 client: a bounded pool of kept-alive connections per origin, TLS with an optional client certificate,
// streaming both ways.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "common/http/io.hpp"
#include "common/http/message.hpp"

namespace cumulet::http {

struct ClientOptions {
    std::string ca_file;              // PEM; empty: the system's
    std::string cert_file, key_file;  // client certificate; empty: none
    std::chrono::milliseconds connect_timeout_ms{5'000};
    std::chrono::milliseconds read_timeout_ms{60'000};  // without a byte
    std::size_t max_connections_per_origin = 64;
    std::size_t max_response_bytes = 64u << 20;  // for bodies read whole
};

struct ClientRequest {
    Method method = Method::get;
    std::string url;  // http://host:port/path?query or https://…
    Headers headers;
    std::string body;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

// No answer: refused, timed out, broken off, certificate not trusted.
class ClientError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Any thread, unless said otherwise. Must end before its Io does.
class Client {
public:
    // Throws std::runtime_error when a certificate file is missing or wrong.
    Client(Io& io, ClientOptions options);
    // Breaks off what runs: its `done` gets an error. Waits for that unless on an io thread.
    ~Client();

    // `done` runs on an io thread: with a null error and the answer, or with a message. A kept-alive connection that
    // turns out to be dead before any byte of the answer is retried once on a new one when the request is safe to
    // repeat.
    using Done = std::function<void(std::exception_ptr error, ClientResponse response)>;
    void send(ClientRequest request, Done done);
    // Waits for the answer. Not on an io thread. Throws ClientError.
    ClientResponse fetch(ClientRequest request);
    // Downloads a body of any size: `sink` gets each piece in order, on the caller's thread; returns status and headers
    // (body empty). For statuses other than 2xx the body is returned, not given to the sink. Not on an io thread.
    // Throws ClientError.
    ClientResponse download(ClientRequest request, const std::function<void(std::string_view)>& sink);
    // Uploads `length` bytes that `source` fills into the given buffer (returning how many; 0 ends early: ClientError),
    // on the caller's thread. A server that answers before it has everything is heard; not retried. Not on an io
    // thread.
    ClientResponse upload(ClientRequest request, std::uint64_t length,
                          const std::function<std::size_t(char*, std::size_t)>& source);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace cumulet::http

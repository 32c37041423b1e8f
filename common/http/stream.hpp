// One connected socket, plain or TLS, with time-outs: what server and client connections stand on. Internal to
// common/http.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/http/deadlines.hpp"
#include "common/http/message.hpp"

namespace boost::asio::ssl {
class context;
template <class>
class stream;
}  // namespace boost::asio::ssl

namespace cumulet::http {

template <class T>
using Task = boost::asio::awaitable<T>;
using Error = boost::system::error_code;

// Lives on the thread of its socket's context. Each operation ends with operation_aborted when it makes no progress for
// the time given; timed_out() then tells it from close().
class Stream final : public Deadlines::Entry {
public:
    Stream(boost::asio::io_context& context, boost::asio::ip::tcp::socket socket);
    ~Stream() override;

    // First call, on the context's thread.
    void attach();
    Task<Error> connect(const boost::asio::ip::tcp::endpoint& endpoint, std::chrono::milliseconds timeout);
    Task<Error> accept_tls(std::shared_ptr<boost::asio::ssl::context> context, std::chrono::milliseconds timeout);
    // `host` is what the certificate must name.
    Task<Error> connect_tls(std::shared_ptr<boost::asio::ssl::context> context, const std::string& host,
                            std::chrono::milliseconds timeout);

    // At least one byte, or an error (eof included) and 0.
    Task<std::size_t> read_some(std::span<char> buffer, std::chrono::milliseconds timeout, Error& error);
    // All of both, in one system call where the kernel takes it. `more` tells that further bytes follow at once.
    Task<Error> write(std::string_view first, std::string_view second, std::chrono::milliseconds timeout,
                      bool more = false);
    // By sendfile(2) on a plain connection. A file that is shorter than `length` is an error (eof).
    Task<Error> write_file(const FileBody& file, std::chrono::milliseconds timeout);

    bool timed_out() const { return timed_out_; }
    bool secure() const { return tls_ != nullptr; }
    std::string peer_name() const;  // CN of the verified certificate of the other side
    // Whether a connection that should be silent has bytes or its end to read: then it is not to be used again.
    bool looks_dead();
    void cancel();  // what is running ends with operation_aborted
    void close();
    // Ends our direction, then reads on for a while until the other side closes too: closing with unread bytes would
    // make the kernel reset the connection and the client lose our answer.
    Task<void> close_gently(std::size_t max_bytes, std::chrono::milliseconds timeout);

    // For an Upgrade, which keeps its own time.
    boost::asio::ip::tcp::socket& socket() { return socket_; }
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>* tls();  // null: plain

private:
    struct Tls;
    void on_deadline() override;
    Task<Error> handshake(bool server, std::chrono::milliseconds timeout);
    Task<Error> send_file(const FileBody& file, std::chrono::milliseconds timeout);
    Task<Error> copy_file(const FileBody& file, std::chrono::milliseconds timeout);
    void begin(std::chrono::milliseconds timeout) {
        timed_out_ = false;
        arm(timeout);
    }

    boost::asio::io_context& context_;
    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<Tls> tls_;
    bool timed_out_ = false;
};

}  // namespace cumulet::http

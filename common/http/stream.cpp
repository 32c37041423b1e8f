#include "common/http/stream.hpp"

#include <openssl/x509.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cumulet::http {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Stream::Tls {
    Tls(tcp::socket& socket, std::shared_ptr<asio::ssl::context> from)
        : context(std::move(from)), stream(socket, *context) {}
    std::shared_ptr<asio::ssl::context> context;
    asio::ssl::stream<tcp::socket&> stream;
};

Stream::Stream(asio::io_context& context, tcp::socket socket) : context_(context), socket_(std::move(socket)) {}

Stream::~Stream() = default;

void Stream::attach() {
    watch(asio::use_service<Deadlines>(context_));
    if (!socket_.is_open()) return;
    Error ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
}

Task<Error> Stream::connect(const tcp::endpoint& endpoint, std::chrono::milliseconds timeout) {
    Error error;
    socket_.close(error);  // of a try before
    begin(timeout);
    co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    disarm();
    if (!error) attach();
    co_return error;
}

Task<Error> Stream::accept_tls(std::shared_ptr<asio::ssl::context> context, std::chrono::milliseconds timeout) {
    tls_ = std::make_unique<Tls>(socket_, std::move(context));
    return handshake(true, timeout);
}

Task<Error> Stream::connect_tls(std::shared_ptr<asio::ssl::context> context, const std::string& host,
                                std::chrono::milliseconds timeout) {
    tls_ = std::make_unique<Tls>(socket_, std::move(context));
    Error not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address) SSL_set_tlsext_host_name(tls_->stream.native_handle(), host.c_str());
    tls_->stream.set_verify_callback(asio::ssl::host_name_verification(host));
    return handshake(false, timeout);
}

Task<Error> Stream::handshake(bool server, std::chrono::milliseconds timeout) {
    Error error;
    begin(timeout);
    const auto side = server ? asio::ssl::stream_base::server : asio::ssl::stream_base::client;
    co_await tls_->stream.async_handshake(side, asio::redirect_error(asio::use_awaitable, error));
    disarm();
    co_return error;
}

Task<std::size_t> Stream::read_some(std::span<char> buffer, std::chrono::milliseconds timeout, Error& error) {
    begin(timeout);
    const auto target = asio::buffer(buffer.data(), buffer.size());
    std::size_t count = 0;
    if (tls_) {
        count = co_await tls_->stream.async_read_some(target, asio::redirect_error(asio::use_awaitable, error));
    } else {
        count = co_await socket_.async_receive(target, asio::redirect_error(asio::use_awaitable, error));
    }
    disarm();
    co_return count;
}

Task<Error> Stream::write(std::string_view first, std::string_view second, std::chrono::milliseconds timeout,
                          bool more) {
    Error error;
    while (!error && first.size() + second.size() > 0) {
        begin(timeout);
        std::size_t count = 0;
        if (tls_) {
            const auto part = first.empty() ? second : first;
            count = co_await tls_->stream.async_write_some(asio::buffer(part.data(), part.size()),
                                                           asio::redirect_error(asio::use_awaitable, error));
        } else {
            const std::array parts{asio::const_buffer(first.data(), first.size()),
                                   asio::const_buffer(second.data(), second.size())};
            count = co_await socket_.async_send(parts, more ? MSG_MORE : 0,
                                                asio::redirect_error(asio::use_awaitable, error));
        }
        const auto of_first = std::min(count, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(count - of_first);
    }
    disarm();
    co_return error;
}

asio::ssl::stream<tcp::socket&>* Stream::tls() { return tls_ ? &tls_->stream : nullptr; }

std::string Stream::peer_name() const {
    if (!tls_) return {};
    auto* ssl = tls_->stream.native_handle();
    if (SSL_get_verify_result(ssl) != X509_V_OK) return {};
    auto* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) return {};
    std::array<char, 256> name{};
    const auto length =
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
    return length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : std::string{};
}

bool Stream::looks_dead() {
    char byte = 0;
    const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void Stream::on_deadline() {
    timed_out_ = true;
    cancel();
}

void Stream::cancel() {
    Error ignored;
    socket_.cancel(ignored);
}

void Stream::close() {
    Error ignored;
    socket_.close(ignored);
}

Task<void> Stream::close_gently(std::size_t max_bytes, std::chrono::milliseconds timeout) {
    Error error;
    if (tls_) {
        begin(timeout);
        co_await tls_->stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
        disarm();
    } else if (socket_.is_open()) {
        socket_.shutdown(tcp::socket::shutdown_send, error);
        const auto until = std::chrono::steady_clock::now() + timeout;
        std::string dropped(16 * 1024, '\0');
        for (std::size_t read = 0; !error && read < max_bytes && std::chrono::steady_clock::now() < until;)
            read += co_await read_some(dropped, timeout, error);
    }
    close();
}

}  // namespace cumulet::http

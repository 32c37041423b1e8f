#include "common/http/websocket.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "common/http/upgrade.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using Target = asio::generic::stream_protocol::socket;

constexpr std::chrono::seconds kHandshakeTimeout{10};  // also for the last word of the other side
constexpr std::size_t kPieceBytes = 16 * 1024;

bool lists(const Request& request, std::string_view header, std::string_view wanted) {
    for (const auto field : request.headers.all(header))
        for (const std::string_view item : text::split(field, ','))
            if (text::iequals(text::trim(item), wanted)) return true;
    return false;
}

Response refusal(int status, std::string_view why) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.headers.add("Connection", "close");
    response.body = std::string(why) + "\n";
    return response;
}

asio::generic::stream_protocol::endpoint endpoint_of(const RelayTarget& target, Error& error) {
    if (!target.unix_path.empty()) {
        if (target.unix_path.size() < sizeof(sockaddr_un::sun_path))
            return asio::local::stream_protocol::endpoint(target.unix_path);
        error = asio::error::name_too_long;
        return {};
    }
    return tcp::endpoint(asio::ip::make_address(target.host, error), target.port);
}

Task<std::shared_ptr<Target>> connected(RelayTarget target, std::chrono::milliseconds timeout, Error& error) {
    const auto executor = co_await asio::this_coro::executor;
    auto socket = std::make_shared<Target>(executor);
    const auto endpoint = endpoint_of(target, error);
    if (error) co_return socket;
    asio::steady_timer timer(executor, timeout);
    timer.async_wait([weak = std::weak_ptr(socket)](const Error& stopped) {
        Error ignored;
        if (auto late = weak.lock(); late && !stopped) late->close(ignored);
    });
    co_await socket->async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    timer.cancel();
    if (!error && !socket->is_open()) error = asio::error::timed_out;
    co_return socket;
}

// One WebSocket and its target, over a plain or a TLS connection. Everything happens on the connection's thread.
template <class Layer>
class Relay {
public:
    Relay(Layer& layer, Target& target, const WebSocketOptions& options)
        : socket_(layer), target_(target), finished_(target.get_executor(), asio::steady_timer::time_point::max()) {
        websocket::stream_base::timeout times{};
        times.handshake_timeout = kHandshakeTimeout;
        times.idle_timeout = options.idle_timeout_ms;
        times.keep_alive_pings = true;
        socket_.set_option(times);
        socket_.read_message_max(options.max_message_bytes);
        // The target need not wait until the client has closed its connection too.
        socket_.control_callback([this](websocket::frame_type kind, beast::string_view) {
            Error ignored;
            if (kind == websocket::frame_type::close) target_.close(ignored);
        });
        socket_.binary(true);
        socket_.auto_fragment(false);  // pieces are small as it is
    }

    Task<void> run(const beast::http::request<beast::http::empty_body>& request, const std::string& server_name,
                   const std::string& protocol) {
        socket_.set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
            response.set(beast::http::field::server, server_name);
            if (!protocol.empty()) response.set(beast::http::field::sec_websocket_protocol, protocol);
        }));
        Error error;
        co_await socket_.async_accept(request, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        const auto executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor, from_target(), [this](std::exception_ptr) {
            target_ended_ = true;
            finished_.cancel();
        });
        co_await from_client();
        Error ignored;
        target_.close(ignored);
        while (!target_ended_) co_await finished_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

private:
    Task<void> from_client() {
        Error error;
        beast::flat_buffer message;
        for (;;) {
            co_await socket_.async_read(message, asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            co_await asio::async_write(target_, message.data(), asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return;
            message.consume(message.size());
        }
    }

    Task<void> from_target() {
        Error error;
        std::string piece(kPieceBytes, '\0');
        for (;;) {
            const auto count =
                co_await target_.async_read_some(asio::buffer(piece), asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
            co_await socket_.async_write(asio::buffer(piece.data(), count),
                                         asio::redirect_error(asio::use_awaitable, error));
            if (error) break;
        }
        // The client's answer ends from_client().
        if (socket_.is_open())
            co_await socket_.async_close(websocket::close_code::normal,
                                         asio::redirect_error(asio::use_awaitable, error));
    }

    websocket::stream<Layer&> socket_;
    Target& target_;
    asio::steady_timer finished_;
    bool target_ended_ = false;
};

class RelayUpgrade final : public Upgrade {
public:
    RelayUpgrade(const Request& request, std::shared_ptr<Target> target, WebSocketOptions options)
        : target_(std::move(target)), options_(std::move(options)) {
        request_.method(beast::http::verb::get);
        request_.target(request.target);
        request_.version(11);
        for (const auto& [name, value] : request.headers) request_.insert(name, value);
        if (lists(request, "Sec-WebSocket-Protocol", options_.protocol)) protocol_ = options_.protocol;
    }

    Task<void> run(Stream& stream, const std::string& server_name) override {
        if (auto* tls = stream.tls()) {
            Relay<asio::ssl::stream<tcp::socket&>> relay(*tls, *target_, options_);
            co_await relay.run(request_, server_name, protocol_);
        } else {
            Relay<tcp::socket> relay(stream.socket(), *target_, options_);
            co_await relay.run(request_, server_name, protocol_);
        }
    }

private:
    beast::http::request<beast::http::empty_body> request_;
    std::shared_ptr<Target> target_;
    const WebSocketOptions options_;
    std::string protocol_;
};

}  // namespace

bool wants_websocket(const Request& request) {
    return lists(request, "Connection", "upgrade") && lists(request, "Upgrade", "websocket");
}

Task<Response> relay_websocket(const Request& request, RelayTarget target, WebSocketOptions options) {
    if (!wants_websocket(request) || !lists(request, "Sec-WebSocket-Version", "13")) {
        auto response = refusal(426, "This address speaks WebSocket, version 13.");
        response.headers.add("Upgrade", "websocket");
        response.headers.add("Sec-WebSocket-Version", "13");
        co_return response;
    }
    if (request.method != Method::get || !request.headers.has("Sec-WebSocket-Key") || request.content_length)
        co_return refusal(400, "A WebSocket begins with a GET without a body and a Sec-WebSocket-Key.");
    Error error;
    auto socket = co_await connected(target, options.connect_timeout_ms, error);
    if (error) {
        log::warning("http: no connection to {}: {}",
                     target.unix_path.empty() ? fmt::format("{}:{}", target.host, target.port) : target.unix_path,
                     error.message());
        co_return refusal(502, "What is to be shown here cannot be reached.");
    }
    Response response;
    response.status = 101;
    response.upgrade = std::make_shared<RelayUpgrade>(request, std::move(socket), std::move(options));
    co_return response;
}

}  // namespace cumulet::http

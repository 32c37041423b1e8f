#include "common/http/client_connection.hpp"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/http/body.hpp"

namespace cumulet::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t kMaxResponseHead = 256 * 1024;
constexpr std::size_t kPieceBytes = 128 * 1024;

bool has_line_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

std::string request_head(const Exchange& exchange) {
    const auto& request = exchange.request;
    std::string head = fmt::format("{} {} HTTP/1.1\r\n", to_string(request.method), exchange.url.target);
    if (!request.headers.has("Host")) head += fmt::format("Host: {}\r\n", exchange.url.authority);
    for (const auto& [name, value] : request.headers) {
        if (has_line_break(name) || has_line_break(value))
            throw ClientError(fmt::format("a line break in the header {}", name));
        head.append(name).append(": ").append(value).append("\r\n");
    }
    if (!request.headers.has("User-Agent")) head += "User-Agent: cumulet\r\n";
    const auto length = exchange.upload_length.value_or(request.body.size());
    const bool usual =
        request.method == Method::post || request.method == Method::put || request.method == Method::patch;
    if ((length > 0 || usual) && !request.headers.has("Content-Length"))
        head += fmt::format("Content-Length: {}\r\n", length);
    return head += "\r\n";
}

}  // namespace

ClientConnection::ClientConnection(asio::io_context& context, const ClientOptions& options)
    : context_(context), options_(options), stream_(context, tcp::socket(context)) {}

void ClientConnection::abort() {
    aborted_ = true;
    stream_.close();
}

Task<void> ClientConnection::open(const Url& url, std::shared_ptr<asio::ssl::context> tls) {
    stream_.attach();
    Error error;
    std::vector<tcp::endpoint> endpoints;
    const auto address = asio::ip::make_address(url.host, error);
    if (!error) {
        endpoints.emplace_back(address, url.port);
    } else {
        tcp::resolver resolver(context_);
        const auto found = co_await resolver.async_resolve(url.host, std::to_string(url.port),
                                                           asio::redirect_error(asio::use_awaitable, error));
        for (const auto& entry : found) endpoints.push_back(entry.endpoint());
        if (error) throw ClientError(fmt::format("{}: {}", url.host, error.message()));
    }
    for (const auto& endpoint : endpoints) {
        error =
            aborted_ ? asio::error::operation_aborted : co_await stream_.connect(endpoint, options_.connect_timeout_ms);
        if (!error) break;
    }
    const auto reason = [&] { return stream_.timed_out() ? std::string("timed out") : error.message(); };
    if (error) throw ClientError(fmt::format("cannot connect to {}: {}", url.authority, reason()));
    if (tls) error = co_await stream_.connect_tls(std::move(tls), url.host, options_.connect_timeout_ms);
    if (error) throw ClientError(fmt::format("no TLS with {}: {}", url.authority, reason()));
    open_ = true;
}

Task<ClientConnection::Outcome> ClientConnection::run(Exchange& exchange) {
    reusable_ = false;
    const bool all_sent = co_await send(exchange);
    HeadInfo info;
    // Also when sending failed: servers refuse uploads early.
    if (!co_await read_head(exchange, info)) co_return Outcome::dead;
    co_await read_body(exchange, info);
    reusable_ = all_sent && info.keep_alive && input_.empty() && !aborted_;
    co_return Outcome::answered;
}

Task<bool> ClientConnection::send(Exchange& exchange) {
    const auto head = request_head(exchange);
    if (co_await stream_.write(head, exchange.request.body, options_.read_timeout_ms)) co_return false;
    if (!exchange.upload_length) co_return true;
    co_return co_await send_upload(exchange);
}

Task<bool> ClientConnection::send_upload(Exchange& exchange) {
    for (auto left = *exchange.upload_length; left > 0;) {
        auto piece = co_await exchange.upload();
        if (!piece || piece->empty()) fail(exchange, "the source of the body ended early");
        if (piece->size() > left) piece->resize(static_cast<std::size_t>(left));
        left -= piece->size();
        if (co_await stream_.write(*piece, {}, options_.read_timeout_ms)) co_return false;
        if (left > 0 && !stream_.secure() && stream_.looks_dead())
            co_return false;  // an answer before the end is a refusal
    }
    co_return true;
}

// False: the connection ended before any byte of the answer.
Task<bool> ClientConnection::read_head(Exchange& exchange, HeadInfo& info) {
    for (;;) {
        HeadScanner scanner;
        for (auto found = scanner.scan(input_.bytes()); found != HeadScanner::Found::complete;
             found = scanner.scan(input_.bytes())) {
            if (found == HeadScanner::Found::malformed || input_.bytes().size() > kMaxResponseHead)
                fail(exchange, "the answer is not HTTP");
            Error error;
            const auto count = co_await stream_.read_some(input_.prepare(4096), options_.read_timeout_ms, error);
            input_.commit(count);
            if (count > 0) continue;
            if (aborted_) fail(exchange, "the client is closed");
            if (stream_.timed_out()) fail(exchange, "no answer in time");
            if (input_.empty()) co_return false;
            fail(exchange, "the connection broke within the header of the answer");
        }
        auto& response = exchange.response;
        response.headers = {};
        info = {};
        const auto head = input_.bytes().substr(0, scanner.size());
        const bool to_head = exchange.request.method == Method::head;
        if (parse_response_head(head, to_head, response.status, response.headers, info))
            fail(exchange, "the answer is not HTTP");
        input_.consume(scanner.size());
        if (response.status >= 200) co_return true;
        if (response.status == 101) fail(exchange, "the server switched to another protocol");
    }
}

Task<void> ClientConnection::read_body(Exchange& exchange, const HeadInfo& info) {
    auto& response = exchange.response;
    IncomingBody body(stream_, input_, info, options_.read_timeout_ms);
    const bool to_sink = exchange.sink && response.status / 100 == 2;
    if (body.done()) co_return;
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(body.left().value_or(kPieceBytes), kPieceBytes)),
                      '\0');
    for (;;) {
        std::size_t count = 0;
        std::string failure;
        try {
            count = co_await body.read(piece);
        } catch (const BodyError& error) {
            failure = error.what();
        }
        if (!failure.empty()) fail(exchange, failure);
        if (count == 0) co_return;
        if (to_sink) {
            if (!co_await exchange.sink({piece.data(), count})) fail(exchange, "the receiver of the body gave up");
            continue;
        }
        response.body.append(piece.data(), count);
        if (response.body.size() > options_.max_response_bytes)
            fail(exchange, fmt::format("the answer is longer than {} bytes", options_.max_response_bytes));
    }
}

void ClientConnection::fail(const Exchange& exchange, std::string_view what) const {
    throw ClientError(fmt::format("{} {}: {}", to_string(exchange.request.method), exchange.request.url, what));
}

}  // namespace cumulet::http

#include "common/http/connection.hpp"

#include <fmt/format.h>

#include "common/http/upgrade.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::http {

namespace {

constexpr std::uint64_t kDrainBytes = 256 * 1024;  // of a body that nobody read; beyond that closing is cheaper
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::size_t kPieceBytes = 64 * 1024;

Response plain_response(int status, std::string_view text = {}) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.body = fmt::format("{}\n", text.empty() ? standard_reason(status) : text);
    return response;
}

}  // namespace

// What handlers hold of a request's body. Outlives the request harmlessly when a handler keeps it.
class Connection::Body final : public BodyReader {
public:
    Body(Connection& connection, const HeadInfo& info)
        : connection_(&connection),
          incoming_(connection.stream_, connection.input_, info, connection.core_->options.body_timeout_ms),
          expects_continue_(info.expect_continue) {}

    Task<std::size_t> read(std::span<char> buffer) override {
        if (connection_ == nullptr) throw BodyError(400, "the request is over");
        if (expects_continue_) co_await send_continue();
        co_return co_await incoming_.read(buffer);
    }

    Task<void> skip(std::size_t limit) override {
        if (!expects_continue_) co_await BodyReader::skip(limit);
    }

    void detach() { connection_ = nullptr; }
    IncomingBody& incoming() { return incoming_; }
    // The client waits for a word from us before it sends anything, and has not got it.
    bool awaited() const { return expects_continue_; }

private:
    Task<void> send_continue() {
        expects_continue_ = false;
        if (!connection_->input_.empty()) co_return;  // it did not wait
        co_await connection_->stream_.write("HTTP/1.1 100 Continue\r\n\r\n", {},
                                            connection_->core_->options.body_timeout_ms);
    }

    Connection* connection_;
    IncomingBody incoming_;
    bool expects_continue_;
};

Connection::Connection(std::shared_ptr<ServerCore> core, boost::asio::io_context& context,
                       boost::asio::ip::tcp::socket socket, std::string remote_address, Role role)
    : core_(std::move(core)),
      context_(context),
      stream_(context, std::move(socket)),
      remote_address_(std::move(remote_address)),
      role_(role),
      no_body_(make_memory_reader({})) {}

Task<void> Connection::run() {
    stream_.attach();
    if (core_->tls) {
        const auto error = co_await stream_.accept_tls(core_->tls->current(), core_->options.header_timeout_ms);
        if (error) {
            log::debug("http: no TLS with {}: {}", remote_address_, error.message());
            stream_.close();
            co_return;
        }
        peer_name_ = stream_.peer_name();
    }
    if (role_ == Role::refuse) {
        co_await refuse({503, "too many connections"});
        co_return;
    }
    auto next = Next::request;
    while (next == Next::request) next = co_await serve_one();
    if (next == Next::close_gently) co_await stream_.close_gently(kDrainBytes, kLinger);
    stream_.close();
}

void Connection::drain() {
    draining_ = true;
    if (idle_ || handed_over_) stream_.cancel();
}

void Connection::abort() {
    draining_ = true;
    stream_.close();
}

Task<Connection::Next> Connection::serve_one() {
    Request request;
    HeadInfo info;
    if (!co_await read_head(request, info)) co_return Next::close;
    request.remote_address = remote_address_;
    request.secure = stream_.secure();
    request.peer_name = peer_name_;
    std::shared_ptr<Body> body;
    if (info.framing != Framing::none) body = std::make_shared<Body>(*this, info);
    request.body = body ? std::static_pointer_cast<BodyReader>(body) : no_body_;

    const Response response = co_await call_handler(request);
    if (response.upgrade) co_return co_await hand_over(response, body.get());
    ResponsePlan plan;
    plan.http11 = info.http11;
    plan.to_head = request.method == Method::head;
    plan.keep_alive = info.keep_alive && !draining_ && !core_->stopping;
    if (body) {
        const auto left = body->incoming().left();
        if (body->incoming().failed() || body->awaited() || (left && *left > kDrainBytes)) plan.keep_alive = false;
    }
    const bool sent = co_await respond(request, response, plan);
    if (body) body->detach();
    if (!sent) co_return Next::close;
    co_return co_await after_answer(body.get(), plan.keep_alive);
}

// To another protocol, which has the connection to its end.
Task<Connection::Next> Connection::hand_over(const Response& response, Body* body) {
    // Whoever sends before we agreed to what it will be understood as, is not understood.
    if (body != nullptr || !input_.empty() || draining_) {
        co_await refuse({400, "nothing may follow a request for another protocol before its answer"});
        co_return Next::close;
    }
    handed_over_ = true;
    try {
        co_await response.upgrade->run(stream_, core_->options.server_name);
    } catch (const std::exception& error) {
        log::error("http: after an upgrade: {}", error.what());
    }
    co_return Next::close;
}

// Gets the rest of a body that the handler left unread out of the way of the next request.
Task<Connection::Next> Connection::after_answer(Body* body, bool keep_alive) {
    if (!keep_alive) co_return Next::close_gently;
    if (body == nullptr || body->incoming().done()) co_return Next::request;
    std::string dropped(16 * 1024, '\0');
    std::uint64_t count = 0;
    try {
        while (!body->incoming().done() && count <= kDrainBytes) count += co_await body->incoming().read(dropped);
    } catch (const BodyError&) {
        co_return Next::close;
    }
    co_return body->incoming().done() ? Next::request : Next::close_gently;
}

Task<bool> Connection::read_head(Request& request, HeadInfo& info) {
    HeadScanner scanner;
    HeadFault fault{0, {}};
    if (!co_await fill_head(scanner, fault)) {
        if (fault.status != 0) co_await refuse(std::move(fault));
        co_return false;
    }
    auto wrong = parse_request_head(input_.bytes().substr(0, scanner.size()), request, info);
    if (wrong) {
        co_await refuse(std::move(*wrong));
        co_return false;
    }
    input_.consume(scanner.size());
    co_return true;
}

// False with fault.status 0: the connection is over.
Task<bool> Connection::fill_head(HeadScanner& scanner, HeadFault& fault) {
    using Clock = std::chrono::steady_clock;
    const auto& options = core_->options;
    std::optional<Clock::time_point> deadline;
    for (;;) {
        while (!deadline && input_.bytes().starts_with("\r\n")) input_.consume(2);  // RFC 9112, 2.2
        const auto found = scanner.scan(input_.bytes());
        const auto size = found == HeadScanner::Found::complete ? scanner.size() : input_.bytes().size();
        if (size > options.max_header_bytes) fault = {431, "the header is too large"};
        if (found == HeadScanner::Found::malformed) fault = {400, "a line of the header does not end as it should"};
        if (fault.status != 0) co_return false;
        if (found == HeadScanner::Found::complete) co_return true;

        idle_ = input_.empty();
        if (idle_ && (draining_ || core_->stopping)) co_return false;
        if (idle_) input_.shrink();
        auto wait = options.idle_timeout_ms;
        if (!idle_) {
            if (!deadline) deadline = Clock::now() + options.header_timeout_ms;
            wait = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
        }
        Error error;
        std::size_t count = 0;
        if (wait.count() > 0) count = co_await stream_.read_some(input_.prepare(4096), wait, error);
        idle_ = false;
        if (count == 0) {
            if (!input_.empty() && (wait.count() <= 0 || stream_.timed_out()))
                fault = {408, "the header did not come in time"};
            co_return false;
        }
        input_.commit(count);
    }
}

Task<Response> Connection::call_handler(Request& request) {
    try {
        co_return co_await core_->handler(request);
    } catch (const BodyError& error) {
        log::info("http: {} {}: {}", request.method_text, request.path, error.what());
        co_return plain_response(error.status, error.what());
    } catch (const std::exception& error) {
        log::error("http: {} {} failed: {}", request.method_text, request.path, error.what());
    } catch (...) {
        log::error("http: {} {} failed", request.method_text, request.path);
    }
    co_return plain_response(500);
}

Task<bool> Connection::respond(const Request& request, const Response& response, ResponsePlan& plan) {
    constexpr std::size_t kCopied =
        16 * 1024;  // TLS makes a record of each write, so small bodies go with their header
    const auto timeout = core_->options.body_timeout_ms;
    std::string out;
    out.reserve(512);
    append_response_head(out, response, plan, core_->options.server_name);
    if (!plan.send_body) co_return !co_await stream_.write(out, {}, timeout);
    if (const auto* text = std::get_if<std::string>(&response.body)) {
        if (!stream_.secure() || text->size() > kCopied) co_return !co_await stream_.write(out, *text, timeout);
        out += *text;
        co_return !co_await stream_.write(out, {}, timeout);
    }
    if (const auto* file = std::get_if<FileBody>(&response.body)) {
        Error error = co_await stream_.write(out, {}, timeout, file->length > 0);
        if (!error) error = co_await stream_.write_file(*file, timeout);
        if (error) log::info("http: {} {}: file broken off: {}", request.method_text, request.path, error.message());
        co_return !error;
    }
    const auto& source = std::get<std::shared_ptr<BodySource>>(response.body);
    if (!source) co_return !co_await stream_.write(out, {}, timeout);
    bool begun = false;
    try {
        co_return co_await write_source(*source, std::move(out), plan.chunked, begun);
    } catch (const std::exception& error) {
        log::error("http: {} {}: body broken off: {}", request.method_text, request.path, error.what());
    }
    if (begun) co_return false;
    // The source failed with its first bytes: the client can be told.
    const auto refusal = plain_response(503);
    out.clear();
    append_response_head(out, refusal, plan, core_->options.server_name);
    co_return !co_await stream_.write(out, std::get<std::string>(refusal.body), timeout);
}

// `begun`: something may have been sent.
Task<bool> Connection::write_source(BodySource& source, std::string head, bool chunked, bool& begun) {
    const auto length = source.length();
    auto left = length.value_or(0);
    std::string piece(length ? static_cast<std::size_t>(std::min<std::uint64_t>(left, kPieceBytes)) : kPieceBytes,
                      '\0');
    const auto timeout = core_->options.body_timeout_ms;
    while (!length || left > 0) {
        auto room = std::span(piece);
        if (length) room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left)));
        const auto count = co_await source.read(room);
        if (count == 0) break;
        left -= length ? count : 0;
        if (chunked) head += chunk_header(count);
        begun = true;
        if (co_await stream_.write(head, {piece.data(), count}, timeout)) co_return false;
        head = chunked ? "\r\n" : "";
    }
    if (length && left > 0) {
        log::error("http: a body ended {} bytes before its announced length", left);
        co_return false;
    }
    if (chunked) head += "0\r\n\r\n";
    begun = true;
    co_return !co_await stream_.write(head, {}, timeout);
}

Task<void> Connection::refuse(HeadFault fault) {
    log::debug("http: refused a request of {}: {} {}", remote_address_, fault.status, fault.what);
    const auto response = plain_response(fault.status, fault.what);
    ResponsePlan plan;
    plan.keep_alive = false;
    std::string out;
    append_response_head(out, response, plan, core_->options.server_name);
    out += std::get<std::string>(response.body);
    if (!co_await stream_.write(out, {}, core_->options.body_timeout_ms))
        co_await stream_.close_gently(kDrainBytes, kLinger);
    stream_.close();
}

}  // namespace cumulet::http

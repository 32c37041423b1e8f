#include "common/http/client_pool.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "common/runtime/log.hpp"

namespace cumulet::http {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kMaxIdle{50};  // below the 60-75 s after which servers commonly close
constexpr std::size_t kMaxWaiting = 10'000;   // requests of one origin
constexpr std::chrono::seconds kCloseWait{5};

std::string origin_of(const Url& url) { return fmt::format("{}{}:{}", url.secure ? "s" : "", url.host, url.port); }

bool repeatable(const Exchange& exchange) {
    if (exchange.upload_length) return false;  // pieces are gone once given
    const auto method = exchange.request.method;
    return method == Method::get || method == Method::head || method == Method::put || method == Method::del ||
           method == Method::options;
}

}  // namespace

ClientPool::ClientPool(Io& io, ClientOptions options) : io_(io), options_(std::move(options)) {
    if (!options_.ca_file.empty() || !options_.cert_file.empty()) tls();
}

std::shared_ptr<asio::ssl::context> ClientPool::tls() {
    const std::lock_guard lock(mutex_);
    if (!tls_)
        tls_ = std::make_unique<TlsContexts>(TlsFiles{false, options_.cert_file, options_.key_file, options_.ca_file});
    return tls_->current();
}

void ClientPool::submit(std::shared_ptr<Exchange> exchange) {
    ConnectionPtr connection;
    std::string refusal;
    {
        const std::lock_guard lock(mutex_);
        auto& origin = origins_[origin_of(exchange->url)];
        if (closed_) {
            refusal = "the client is closed";
        } else if (connection = take(origin); connection) {
            running_.insert(connection);
        } else if (origin.waiting.size() >= kMaxWaiting) {
            refusal = fmt::format("too many requests wait for {}", exchange->url.authority);
        } else {
            origin.waiting.push_back(exchange);
        }
    }
    if (connection) return start(std::move(exchange), std::move(connection));
    if (!refusal.empty())
        io_.post([exchange, refusal] { finish(*exchange, std::make_exception_ptr(ClientError(refusal))); });
}

ClientPool::ConnectionPtr ClientPool::take(Origin& origin) {
    prune(origin);
    if (!origin.idle.empty()) {
        auto connection = std::move(origin.idle.back().connection);
        origin.idle.pop_back();
        return connection;
    }
    if (origin.open >= std::max<std::size_t>(options_.max_connections_per_origin, 1)) return nullptr;
    ++origin.open;
    return std::make_shared<ClientConnection>(io_.context(), options_);
}

void ClientPool::prune(Origin& origin) {
    const auto oldest = std::chrono::steady_clock::now() - kMaxIdle;
    while (!origin.idle.empty() && origin.idle.front().since < oldest) {
        drop(std::move(origin.idle.front().connection));
        origin.idle.pop_front();
        --origin.open;
    }
}

void ClientPool::start(std::shared_ptr<Exchange> exchange, ConnectionPtr connection) {
    auto& context = connection->context();
    asio::co_spawn(
        context,
        [self = shared_from_this(), exchange = std::move(exchange), connection = std::move(connection)]() mutable {
            return self->run(std::move(exchange), std::move(connection));
        },
        asio::detached);
}

Task<void> ClientPool::run(std::shared_ptr<Exchange> exchange, ConnectionPtr connection) {
    const auto self = shared_from_this();
    std::exception_ptr error;
    try {
        co_await attempt(*exchange, connection);
    } catch (...) {
        error = std::current_exception();
    }
    release(exchange->url, std::move(connection));
    finish(*exchange, error);
}

// `connection` becomes the one that was used in the end.
Task<void> ClientPool::attempt(Exchange& exchange, ConnectionPtr& connection) {
    if (connection->is_open() && connection->looks_dead()) connection = replace(connection);
    for (;;) {
        const bool reused = connection->is_open();
        if (!reused) co_await connection->open(exchange.url, exchange.url.secure ? tls() : nullptr);
        if (co_await connection->run(exchange) == ClientConnection::Outcome::answered) co_return;
        if (!reused || !repeatable(exchange))
            throw ClientError(fmt::format("{} {}: the connection ended before an answer",
                                          to_string(exchange.request.method), exchange.request.url));
        connection = replace(connection);
    }
}

// A new connection in the place of one that is of no use any more, on the same thread.
ClientPool::ConnectionPtr ClientPool::replace(const ConnectionPtr& old) {
    auto fresh = std::make_shared<ClientConnection>(old->context(), options_);
    const std::lock_guard lock(mutex_);
    running_.erase(old);
    running_.insert(fresh);
    if (closed_) fresh->abort();
    return fresh;
}

void ClientPool::release(const Url& url, ConnectionPtr connection) {
    std::shared_ptr<Exchange> next;
    {
        const std::lock_guard lock(mutex_);
        running_.erase(connection);
        auto& origin = origins_[origin_of(url)];
        const bool usable = connection->is_open() && connection->reusable();
        if (closed_) {
            quiet_.notify_all();
            return;
        }
        if (!origin.waiting.empty()) {
            next = std::move(origin.waiting.front());
            origin.waiting.pop_front();
            if (!usable) connection = std::make_shared<ClientConnection>(io_.context(), options_);
            running_.insert(connection);
        } else if (usable) {
            origin.idle.push_back({connection, std::chrono::steady_clock::now()});
            prune(origin);
        } else {
            --origin.open;
        }
    }
    if (next) start(std::move(next), std::move(connection));
}

void ClientPool::close() {
    std::vector<std::shared_ptr<Exchange>> waiting;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        for (auto& [name, origin] : origins_) {
            for (auto& exchange : origin.waiting) waiting.push_back(std::move(exchange));
            for (auto& idle : origin.idle) drop(std::move(idle.connection));
        }
        origins_.clear();
        for (const auto& connection : running_)
            asio::post(connection->context(), [connection] { connection->abort(); });
    }
    for (auto& exchange : waiting)
        io_.post([exchange] { finish(*exchange, std::make_exception_ptr(ClientError("the client is closed"))); });
    if (io_.on_io_thread()) return;
    std::unique_lock lock(mutex_);
    const auto until = std::chrono::steady_clock::now() + kCloseWait;
    while (!running_.empty() && !io_.stopped() && std::chrono::steady_clock::now() < until)
        quiet_.wait_for(lock, std::chrono::milliseconds(50));
}

void ClientPool::finish(Exchange& exchange, std::exception_ptr error) {
    try {
        exchange.done(error, error ? ClientResponse{} : std::move(exchange.response));
    } catch (const std::exception& failure) {
        log::error("http: what follows an answer of {} failed: {}", exchange.url.authority, failure.what());
    }
}

void ClientPool::drop(ConnectionPtr connection) {
    auto& context = connection->context();
    asio::post(context, [connection = std::move(connection)] {});
}

}  // namespace cumulet::http

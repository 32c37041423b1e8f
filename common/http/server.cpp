#include "common/http/server.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <system_error>

#include "common/http/connection.hpp"
#include "common/http/server_core.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::http {

namespace asio = boost::asio;
using asio::ip::tcp;

void ServerCore::enter(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    connections_.emplace(connection.get(), connection);
}

void ServerCore::leave(const Connection* connection) {
    const std::lock_guard lock(mutex_);
    connections_.erase(connection);
    if (connections_.empty()) none_.notify_all();
}

std::size_t ServerCore::count() {
    const std::lock_guard lock(mutex_);
    return connections_.size();
}

std::vector<std::shared_ptr<Connection>> ServerCore::all() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Connection>> living;
    for (const auto& [key, connection] : connections_)
        if (auto alive = connection.lock()) living.push_back(std::move(alive));
    return living;
}

bool ServerCore::wait_until_none(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, limit, [this] { return connections_.empty(); });
}

namespace {

constexpr std::size_t kMaxRefusals = 256;  // connections told 503 at one time; further ones are only closed
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kAbortWait{5'000};

tcp::acceptor listen(asio::io_context& context, const std::string& address, std::uint16_t port) {
    tcp::acceptor acceptor(context);
    Error error;
    const tcp::endpoint endpoint(asio::ip::make_address(address, error), port);
    if (!error) acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw std::system_error(error, fmt::format("cannot listen at {}:{}", address, port));
    return acceptor;
}

Task<void> run_connection(std::shared_ptr<ServerCore> core, std::shared_ptr<Connection> connection) {
    // Leaves also when the frame is destroyed with its io_context.
    struct Membership {
        ServerCore& core;
        Connection& connection;
        ~Membership() { core.leave(&connection); }
    } membership{*core, *connection};
    try {
        co_await connection->run();
    } catch (const std::exception& error) {
        log::error("http: a connection failed: {}", error.what());
    }
}

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
    State(Io& owner, tcp::acceptor listening, std::shared_ptr<ServerCore> shared)
        : io(owner), acceptor(std::move(listening)), core(std::move(shared)) {}

    Task<void> accept();
    void welcome(asio::io_context& context, tcp::socket socket, const tcp::endpoint& peer);
    void close_acceptor();
    void for_each(void (Connection::*what)());

    Io& io;
    tcp::acceptor acceptor;
    std::shared_ptr<ServerCore> core;
    std::uint16_t port = 0;
    std::atomic<bool> started{false};
};

Task<void> Server::State::accept() {
    const auto self = shared_from_this();
    while (acceptor.is_open()) {
        auto& context = io.context();
        tcp::socket socket(context);
        tcp::endpoint peer;
        Error error;
        co_await acceptor.async_accept(socket, peer, asio::redirect_error(asio::use_awaitable, error));
        if (core->stopping || !acceptor.is_open()) co_return;
        if (!error) {
            welcome(context, std::move(socket), peer);
            continue;
        }
        if (error == asio::error::connection_aborted) continue;
        // Out of descriptors, most likely: connections that end will free some.
        log::warning("http: cannot accept connections at port {}: {}", port, error.message());
        asio::steady_timer pause(acceptor.get_executor(), kAcceptPause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
}

void Server::State::welcome(asio::io_context& context, tcp::socket socket, const tcp::endpoint& peer) {
    const auto count = core->count();
    if (count >= core->options.max_connections + kMaxRefusals) return;
    const auto role = count >= core->options.max_connections ? Connection::Role::refuse : Connection::Role::serve;
    auto connection = std::make_shared<Connection>(core, context, std::move(socket), peer.address().to_string(), role);
    core->enter(connection);
    asio::co_spawn(context, run_connection(core, std::move(connection)), asio::detached);
}

void Server::State::close_acceptor() {
    auto closed = std::make_shared<std::promise<void>>();
    const auto future = closed->get_future();
    asio::post(acceptor.get_executor(), [self = shared_from_this(), closed] {
        Error ignored;
        self->acceptor.close(ignored);
        closed->set_value();
    });
    // When the io threads end meanwhile, nobody answers and nobody accepts either.
    while (future.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready)
        if (io.stopped()) return;
}

void Server::State::for_each(void (Connection::*what)()) {
    for (auto& connection : core->all()) {
        auto& context = connection->context();
        asio::post(context, [connection = std::move(connection), what] { ((*connection).*what)(); });
    }
}

Server::Server(Io& io, ServerOptions options, Handler handler) {
    auto core = std::make_shared<ServerCore>();
    core->options = std::move(options);
    core->handler = std::move(handler);
    const auto& tls = core->options.tls;
    if (tls.enabled())
        core->tls = std::make_unique<TlsContexts>(TlsFiles{true, tls.cert_file, tls.key_file, tls.client_ca_file});
    auto acceptor = listen(io.context(), core->options.address, core->options.port);
    state_ = std::make_shared<State>(io, std::move(acceptor), std::move(core));
    state_->port = state_->acceptor.local_endpoint().port();
}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

std::uint16_t Server::port() const { return state_->port; }

void Server::start() {
    if (state_->started.exchange(true)) return;
    asio::co_spawn(state_->acceptor.get_executor(), state_->accept(), asio::detached);
}

void Server::stop(std::chrono::milliseconds grace) {
    auto& core = *state_->core;
    if (state_->io.stopped()) return;
    state_->close_acceptor();  // first, so that nobody is let in to be sent away
    core.stopping = true;
    state_->for_each(&Connection::drain);
    if (core.wait_until_none(grace) || state_->io.stopped()) return;
    state_->for_each(&Connection::abort);
    if (!core.wait_until_none(kAbortWait)) log::warning("http: {} requests do not end", core.count());
}

}  // namespace cumulet::http

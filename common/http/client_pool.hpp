// The connections of a client by origin, and who waits for one. Internal to common/http.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <unordered_set>

#include "common/http/client_connection.hpp"
#include "common/http/tls.hpp"

namespace cumulet::http {

class ClientPool : public std::enable_shared_from_this<ClientPool> {
public:
    ClientPool(Io& io, ClientOptions options);

    // Runs the exchange on a free connection, a new one, or in its turn; its `done` is called in every case. Any
    // thread.
    void submit(std::shared_ptr<Exchange> exchange);
    // What runs is broken off, what waits fails. Waits a bounded time unless called on an io thread.
    void close();
    Io& io() { return io_; }

private:
    using ConnectionPtr = std::shared_ptr<ClientConnection>;
    using Time = std::chrono::steady_clock::time_point;
    struct Idle {
        ConnectionPtr connection;
        Time since;
    };
    struct Origin {
        std::deque<Idle> idle;  // used last at the back
        std::size_t open = 0;   // idle ones included
        std::deque<std::shared_ptr<Exchange>> waiting;
    };

    ConnectionPtr take(Origin& origin);  // with mutex_ held; null: none is free and no more may be opened
    void prune(Origin& origin);          // with mutex_ held
    void start(std::shared_ptr<Exchange> exchange, ConnectionPtr connection);
    Task<void> run(std::shared_ptr<Exchange> exchange, ConnectionPtr connection);
    Task<void> attempt(Exchange& exchange, ConnectionPtr& connection);
    ConnectionPtr replace(const ConnectionPtr& old);
    void release(const Url& url, ConnectionPtr connection);
    std::shared_ptr<boost::asio::ssl::context> tls();
    static void finish(Exchange& exchange, std::exception_ptr error);
    static void drop(ConnectionPtr connection);  // its end happens on its own thread

    Io& io_;
    const ClientOptions options_;
    std::mutex mutex_;
    std::condition_variable quiet_;
    std::map<std::string, Origin> origins_;
    std::unordered_set<ConnectionPtr> running_;
    std::unique_ptr<TlsContexts> tls_;
    bool closed_ = false;
};

}  // namespace cumulet::http

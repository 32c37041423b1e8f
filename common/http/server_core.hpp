// What all connections of one server share. Internal to common/http.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "common/http/server.hpp"
#include "common/http/tls.hpp"

namespace cumulet::http {

class Connection;

struct ServerCore {
    ServerOptions options;
    Handler handler;
    std::unique_ptr<TlsContexts> tls;  // null: plain
    std::atomic<bool> stopping{false};

    // Connections that live. Any thread.
    void enter(const std::shared_ptr<Connection>& connection);
    void leave(const Connection* connection);
    std::size_t count();
    std::vector<std::shared_ptr<Connection>> all();
    // False when some are left after `limit`.
    bool wait_until_none(std::chrono::milliseconds limit);

private:
    std::mutex mutex_;
    std::condition_variable none_;
    std::unordered_map<const Connection*, std::weak_ptr<Connection>> connections_;
};

}  // namespace cumulet::http

// The admin listener: /healthcheck and /metrics. Up before the first component and down after the last.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/runtime/metrics.hpp"

namespace cumulet::http {
class Io;
class Server;
}  // namespace cumulet::http

namespace cumulet::daemon {

using HealthCheck = std::function<std::optional<std::string>()>;

// What /healthcheck answers: well only between set_state("running") and the next change, and when every check is. Any
// thread.
class Health {
public:
    void set_state(const std::string& state);
    void add(const std::string& name, HealthCheck check);
    // Name and complaint of everything that is not well.
    std::vector<std::pair<std::string, std::string>> complaints() const;

private:
    mutable std::mutex mutex_;
    std::string state_ = "starting";
    std::vector<std::pair<std::string, HealthCheck>> checks_;
};

class Admin {
public:
    // Listens at once. Throws std::system_error when the address is taken.
    Admin(http::Io& io, const std::string& address, std::uint16_t port, const Health& health,
          const runtime::Metrics& metrics);
    ~Admin();
    std::uint16_t port() const;
    void stop();

private:
    std::unique_ptr<http::Server> server_;
};

}  // namespace cumulet::daemon

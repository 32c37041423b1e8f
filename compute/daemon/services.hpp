// The modules of the compute plane put together over one store, and their listeners.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/daemon/daemon.hpp"

namespace cumulet::http {
class Server;
}

namespace cumulet::compute::daemon {

struct Listener {
    std::string name;
    std::unique_ptr<http::Server> server;
};

// One thread starts and stops it.
class Services {
public:
    virtual ~Services() = default;  // ends the loops, closes the store
    virtual std::vector<Listener>& listeners() = 0;
    virtual void start_loops() = 0;
    // Reads the policy file again.
    virtual void reload() = 0;
};

// Opens the store and binds every port. Throws what keeps the daemon from starting.
std::unique_ptr<Services> make_services(cumulet::daemon::Platform& platform);

}  // namespace cumulet::compute::daemon

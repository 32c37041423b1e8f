// The agent's own listener, with mutual TLS: what the compute daemon asks of guests (console text).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/api/service.hpp"
#include "common/http/server.hpp"
#include "hypervisor-drivers/driver.h"

namespace cumulet::compute::agent {

// The hypervisors of this process by host name. Handlers' module.
struct GuestSources {
    std::map<std::string, std::shared_ptr<hypervisor::Hypervisor>> by_host;
    std::string daemon_name;  // CN of the compute daemon: nobody else is answered
};

api::ServiceDescription guest_service();

}  // namespace cumulet::compute::agent

// What a host is told, computed from the records.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"
#include "compute/protocol/desired.hpp"

namespace cumulet::compute::converge {

// What other modules know of a guest and a host; wired by the daemon. A missing function leaves its part out.
struct DesiredSources {
    std::function<std::optional<protocol::ImageRef>(store::Transaction&, const std::string& image_id)> image;
    // What metadata service and config drive tell the guest.
    std::function<nlohmann::json(store::Transaction&, const Server&)> instance;
    std::function<nlohmann::json(store::Transaction&, const std::string& host)> network;
};

// nullopt: its host shall have nothing of it (never started and failed).
std::optional<protocol::Guest> desired_guest(store::Transaction& txn, const DesiredSources& sources,
                                             const Server& server);

// Every guest of the host. `revision` is left to the caller, as is the network.
protocol::Desired desired_complete(store::Transaction& txn, const DesiredSources& sources, const std::string& host);
// Of these servers: those that belong on the host, and the others as gone.
protocol::Desired desired_of(store::Transaction& txn, const DesiredSources& sources, const std::string& host,
                             const std::vector<std::string>& server_ids);

}  // namespace cumulet::compute::converge

// What agents call, without the wire: the internal API and the simulation stand on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/converge/desired.hpp"
#include "compute/converge/host_changes.hpp"
#include "compute/protocol/report.hpp"

namespace cumulet::compute::converge {

// Any thread. Each call works in the caller's transaction.
class HostControl {
public:
    HostControl(Random& random, HostChanges& changes, DesiredSources sources);

    // Whether the peer with this certificate name may speak for `host`: its own name, or "<peer>-<number>" for the
    // simulated hosts that one process carries.
    static bool may_speak_for(store::Transaction& txn, const std::string& peer, const std::string& host);

    // Throws api::Fault bad_request for a description that cannot be.
    void register_host(store::Transaction& txn, const std::string& host, const protocol::HostDescription& description);
    // Everything, or what changed after `since`; nullopt when nothing did. `also` names servers that the caller just
    // changed. Throws api::Fault not_found for a host that never registered.
    std::optional<protocol::Desired> desired(store::Transaction& txn, const std::string& host, store::Revision since,
                                             bool with_network, const std::vector<std::string>& also = {});
    // Takes in a batch and answers with what changed since then, when asked. Faults as desired().
    std::optional<protocol::Desired> report(store::Transaction& txn, const std::string& host,
                                            const protocol::Report& report);

private:
    Random& random_;
    HostChanges& changes_;
    DesiredSources sources_;
};

}  // namespace cumulet::compute::converge

// What agents call, without the wire: the internal API and the simulation stand on it.
#pragma once

#include <optional>
#include <string>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "common/store/engine.hpp"
#include "compute/converge/desired.hpp"
#include "compute/converge/host_changes.hpp"
#include "compute/protocol/report.hpp"

namespace cumulet::compute::converge {

// Any thread; calls block for commits.
class HostControl {
public:
    HostControl(store::Engine& engine, const Clock& clock, Random& random, HostChanges& changes,
                DesiredSources sources);

    // Whether the peer with this certificate name may speak for `host`: its own name, or "<peer>-<number>" for the
    // simulated hosts that one process carries.
    bool may_speak_for(const std::string& peer, const std::string& host);

    // Throws api::Fault bad_request for a description that cannot be.
    void register_host(const std::string& host, const protocol::HostDescription& description);
    // Everything, or what changed after `since`; nullopt when nothing did. Throws api::Fault not_found for a host that
    // never registered.
    std::optional<protocol::Desired> desired(const std::string& host, store::Revision since, bool with_network);
    // Takes in a batch: one commit when nothing else touches the same servers, else one a result.
    void report(const std::string& host, const protocol::Report& report);

private:
    store::Cause cause(const std::string& host, std::string_view operation) const;

    store::Engine& engine_;
    const Clock& clock_;
    Random& random_;
    HostChanges& changes_;
    DesiredSources sources_;
};

}  // namespace cumulet::compute::converge

// Which host has news: a reader of the change log. It lets a host ask for "what changed since" instead of everything,
// and tells whom to send a hint.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/store/engine.hpp"

namespace cumulet::compute::converge {

// Kept in memory and bounded: what it does not reach back to is answered with "everything". Any thread.
class HostChanges {
public:
    // Knows of changes from now on.
    explicit HostChanges(store::Engine& engine);

    struct Since {
        bool known = false;                // false: ask for everything
        std::vector<std::string> servers;  // changed, or come or gone, on this host
        bool network = false;              // something of the networks changed, on whatever host
        store::Revision up_to = 0;
    };
    // Everything committed before the call is looked at.
    Since since(const std::string& host, store::Revision revision);

    struct News {
        std::set<std::string> hosts;
        bool network = false;
        store::Revision up_to = 0;
    };
    // Hosts with changes that no earlier call has named.
    News take_news();

private:
    void catch_up();  // under mutex_
    void note_server(const std::string& host, const std::string& server_id, store::Revision revision);

    struct OfHost {
        store::Revision complete_after = 0;  // every change with a higher revision is in `recent`
        std::deque<std::pair<store::Revision, std::string>> recent;
    };

    store::Engine& engine_;
    std::mutex mutex_;
    store::Revision started_ = 0, position_ = 0, network_changed_ = 0;
    std::map<std::string, OfHost> hosts_;
    News news_;
};

}  // namespace cumulet::compute::converge

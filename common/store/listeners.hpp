// The commit listeners of an engine.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "common/store/engine.hpp"

namespace cumulet::store {

// Any thread. A listener may destroy itself or add others while it runs.
class Listeners {
public:
    // Destroying the returned object waits for a call that is under way in another thread.
    std::unique_ptr<CommitListener> add(std::function<void(Revision)> on_commit);
    void notify(Revision newest);

    struct Slot {
        std::recursive_mutex running;
        std::function<void(Revision)> on_commit;
        bool open = true;
    };

private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<Slot>> slots_;
};

}  // namespace cumulet::store

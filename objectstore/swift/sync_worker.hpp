// Tells other clusters what changed in containers that sync.
#pragma once

#include "common/http/client.hpp"
#include "common/runtime/periodic.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

struct SyncRound {
    std::size_t puts = 0, deletes = 0, current = 0, failures = 0;
};

// Blocks. One round over all changes that wait; what fails waits for the next.
SyncRound sync_containers(const Swift& swift, http::Client& client);

// Runs a round every `pause` until it is destroyed.
class SyncWorker {
public:
    SyncWorker(const Swift& swift, http::Client& client, std::chrono::milliseconds pause);

private:
    runtime::Periodic rounds_;
};

}  // namespace cumulet::objectstore::swift

// Removes objects whose X-Delete-At has passed.
#pragma once

#include "common/runtime/periodic.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

// One round, an object a transaction. How many went.
std::size_t remove_expired(const Swift& swift, Timestamp now);

// Runs a round every `pause` until it is destroyed.
class Expirer {
public:
    Expirer(const Swift& swift, std::chrono::milliseconds pause);

private:
    runtime::Periodic rounds_;
};

}  // namespace cumulet::objectstore::swift

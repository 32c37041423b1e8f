// The Swift API as endpoint tables, and what their handlers share.
#pragma once

#include <vector>

#include "common/api/service.hpp"
#include "common/runtime/clock.hpp"
#include "objectstore/engine/engine.hpp"
#include "objectstore/swift/settings.hpp"

namespace cumulet::objectstore::swift {

class TempAuth;

// Registered as a module of the service. All outlive it.
struct Swift {
    const Settings& settings;
    ObjectEngine& engine;
    store::Engine& store;
    const Clock& clock;
    auth::Validator* validator = nullptr;  // of service tokens; null: there are none
    TempAuth* tempauth = nullptr;          // null: no users of its own
};

std::vector<api::EndpointTable> all_tables();
// Name, tables, faults and request ids ("tx…").
api::ServiceDescription description();

}  // namespace cumulet::objectstore::swift

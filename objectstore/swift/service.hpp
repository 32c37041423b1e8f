// The Swift API as endpoint tables, and what their handlers share.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "common/api/service.hpp"
#include "common/runtime/clock.hpp"
#include "objectstore/engine/engine.hpp"
#include "objectstore/swift/settings.hpp"

namespace cumulet::objectstore::swift {

class CnameLookup;
class RateLimits;
class SyncRealms;
class TempAuth;

// What /recon tells of the process around the API.
struct Recon {
    std::vector<std::string> disks;                 // folders of objects' bytes
    std::function<std::uint64_t()> rotten;          // objects whose bytes are not those written; null: not known
    std::function<std::size_t()> waiting_for_sync;  // null: not known
};

// Registered as a module of the service. All outlive it.
struct Swift {
    const Settings& settings;
    ObjectEngine& engine;
    store::Engine& store;
    const Clock& clock;
    auth::Validator* validator = nullptr;  // of service tokens; null: there are none
    TempAuth* tempauth = nullptr;          // null: no users of its own
    RateLimits* rate_limits = nullptr;     // null: none
    const SyncRealms* realms = nullptr;    // of container sync; null: none
    Recon recon = {};
    CnameLookup* cnames = nullptr;                   // null: names of hosts are not looked up
    std::atomic<bool> accounts_quote_etags = false;  // an account may want its ETags quoted
};

std::vector<api::EndpointTable> all_tables();
// Name, tables, faults and request ids ("tx…").
api::ServiceDescription description();

}  // namespace cumulet::objectstore::swift

// Which server a request is from.
#pragma once

#include <string>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::metadata {

// Registered as a module.
struct Settings {
    std::string
        secret;  // shared with the agents' proxies; empty: only connections with a client certificate are believed
};

// Fault 403 for a request that proves nothing, 404 when nobody is there.
Server asking_server(const api::Call& call, store::Transaction& txn);

// What X-Instance-ID-Signature holds.
std::string signature(const std::string& secret, const std::string& instance_id);

}  // namespace cumulet::compute::metadata

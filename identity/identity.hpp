// What the endpoints of the identity service work with: reached as call.module<Identity>().
#pragma once

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "identity/passwords/checker.hpp"
#include "identity/settings.hpp"
#include "identity/token_service.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity {

class Directories;
namespace federation {
class Gate;
}

class AuditTrail;

// Everything in it lives as long as the service and is used by any thread.
struct Identity {
    store::Engine& engine;
    const Settings& settings;
    const Clock& clock;
    Random& random;
    TokenService& tokens;
    passwords::Checker& passwords;
    const Vault& vault;
    federation::Gate* federation = nullptr;  // null: no federated log-ins
    Directories* directories = nullptr;      // null: no domain is a directory's
    AuditTrail* audit = nullptr;             // null: log-ins are not told of
};

}  // namespace cumulet::identity

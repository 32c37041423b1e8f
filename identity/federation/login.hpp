// From an assertion that somebody proved to what the new token shall say.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "identity/federation/assertion.hpp"
#include "identity/tokens/payload.hpp"

namespace cumulet::identity::federation {

struct LoginRules {
    std::vector<std::string> methods;  // those that tokens can name
    Duration group_memberships{};      // how long they last where the provider does not say
    std::string remote_id_attribute;   // where the protocol does not say
};

// Applies the mapping of the protocol, makes or finds the user, its groups and projects. Fault 401 when the assertion
// is for nobody here, 403 when the provider is disabled or its remote id is not one of its own, 404 when provider or
// protocol is not there.
tokens::TokenFacts federated_login(store::Transaction& txn, const LoginRules& rules, const std::string& idp_id,
                                   const std::string& protocol_id, const Assertion& assertion, Random& random);

}  // namespace cumulet::identity::federation

// From the body of POST /v3/auth/tokens to what the new token shall say.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "common/api/call.hpp"
#include "common/api/fault.hpp"
#include "common/store/transaction.hpp"
#include "identity/identity.hpp"
#include "identity/model/resources.hpp"
#include "identity/tokens/payload.hpp"

namespace cumulet::identity {

// `auth` is the member of that name; some methods read headers of the call. Fault 401 for everything that is wrong with
// who asks, with one text; 400 for a body that says too little. Password hashes are computed here: on the worker pool.
struct Authenticated {
    tokens::TokenFacts facts;
    bool needs_more_methods = false;  // then only user_id and methods are known
};
Authenticated authenticate(const api::Call& call, store::Transaction& txn, const nlohmann::json& auth);

// "Expecting to find X in Y. …", status 400.
api::Fault expecting(std::string_view attribute, std::string_view target);

// The domain that {"id"} or {"name"} means, enabled. Fault 401.
Project referred_domain(store::Transaction& txn, const nlohmann::json& reference);

}  // namespace cumulet::identity

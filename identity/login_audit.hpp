// Tells the audit trail of log-ins by POST /v3/auth/tokens.
#pragma once

#include "common/api/call.hpp"
#include "common/api/fault.hpp"
#include "common/store/transaction.hpp"
#include "identity/tokens/payload.hpp"

namespace cumulet::identity {

// All do nothing when there is no trail. `txn` only reads.
void audit_success(const api::Call& call, const tokens::TokenFacts& facts);
// Right as far as it went, but the user needs more methods.
void audit_partial(const api::Call& call, const tokens::TokenFacts& facts);
void audit_failure(const api::Call& call, store::Transaction& txn, const api::Fault& fault);
// By a method whose request names no user of ours (federation).
void audit_failure(const api::Call& call, const api::Fault& fault);

}  // namespace cumulet::identity

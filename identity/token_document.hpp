// From what a token says by itself to what it means now: who, where, with which roles.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/auth/context.hpp"
#include "common/store/transaction.hpp"
#include "identity/settings.hpp"
#include "identity/tokens/payload.hpp"

namespace cumulet::identity {

struct ValidToken {
    tokens::TokenFacts facts;
    auth::ContextPtr context;
    std::optional<Timestamp> look_again_at;      // a group membership that gives it roles ends then
    std::vector<std::string> domain_ids;         // of its user and its scope: what domain-wide revocations compare
    std::string document_without_catalog;        // {"token": …}
    std::shared_ptr<const std::string> catalog;  // JSON; null for unscoped tokens

    std::string document(bool with_catalog) const;
};
using ValidTokenPtr = std::shared_ptr<const ValidToken>;

// Reads the store only. Fault 401 when the token means nothing any more: its user, project or domain is gone or
// disabled, or no role is left.
std::shared_ptr<ValidToken> describe_token(store::Transaction& txn, const tokens::TokenFacts& facts,
                                           const Compliance& rules);

// What describe_token() would say of `facts`, which say the same as those of `known` but for times and audit ids, while
// what `known` was made of has not changed.
std::shared_ptr<ValidToken> described_alike(const ValidToken& known, const tokens::TokenFacts& facts);

}  // namespace cumulet::identity

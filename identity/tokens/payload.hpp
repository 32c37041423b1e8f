// What a token says by itself, in the layout of Keystone's Fernet tokens (MessagePack arrays that start with a
// version), so that tokens of a real Keystone can be read here and ours there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/clock.hpp"

namespace cumulet::identity::tokens {

struct TokenFacts {
    std::string user_id;
    std::vector<std::string> methods;
    // At most one of these three is set; none: unscoped.
    std::string project_id, domain_id;
    bool system = false;
    std::string trust_id, application_credential_id, access_token_id;
    // Federated log-ins.
    std::vector<std::string> group_ids;
    std::string identity_provider_id, protocol_id;
    std::vector<std::string> audit_ids;  // its own, then the first of its chain
    Timestamp issued_at{}, expires_at{};

    bool federated() const { return !identity_provider_id.empty(); }
    bool operator==(const TokenFacts&) const = default;
};

// The order of `methods` gives each its bit, as in Keystone's [auth] methods: all daemons of a cloud need the same
// order.
std::string pack_token(const TokenFacts& facts, const std::vector<std::string>& methods);
// issued_at is not in the payload (the Fernet header has it). nullopt when the bytes are no token of a known layout.
std::optional<TokenFacts> unpack_token(std::string_view bytes, const std::vector<std::string>& methods);

// The same for the receipt of a log-in that needs more methods: user_id, methods and expires_at.
std::string pack_receipt(const TokenFacts& facts, const std::vector<std::string>& methods);
std::optional<TokenFacts> unpack_receipt(std::string_view bytes, const std::vector<std::string>& methods);

}  // namespace cumulet::identity::tokens

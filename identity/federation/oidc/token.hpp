// Signed tokens (JWS in compact form) whose signature and claims are checked.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/clock.hpp"

namespace cumulet::identity::federation::oidc {

// The keys of an issuer that go by this id (all of them for an empty one), each as the text of a JWK.
using FindKeys = std::function<std::vector<std::string>(const std::string& key_id)>;

inline constexpr std::size_t kLongestToken = 32'768;

// The claims of a token that one of the keys signed by one of the algorithms. Fault 401 for every other text; the
// algorithm is the configured one and must be the key's, never what the token alone says. Any thread.
nlohmann::json verified_claims(std::string_view token, const std::vector<std::string>& algorithms,
                               const FindKeys& find_keys);

// Fault 401 unless the claims are the issuer's, for one of the audiences, and in force now (a minute's difference of
// clocks is forgiven).
void check_claims(const nlohmann::json& claims, const std::string& issuer, const std::vector<std::string>& audiences,
                  Timestamp now);

}  // namespace cumulet::identity::federation::oidc

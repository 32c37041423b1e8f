// Claims of a token as attributes of an assertion.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "identity/federation/assertion.hpp"

namespace cumulet::identity::federation::oidc {

// Under the names that mappings made for Apache's mod_auth_openidc use: "OIDC-sub", "HTTP_OIDC_SUB", "OIDC_CLAIM_sub"
// and "HTTP_OIDC_CLAIM_SUB". A list is several values; objects are their JSON.
Assertion assertion_of_claims(const nlohmann::json& claims);

}  // namespace cumulet::identity::federation::oidc

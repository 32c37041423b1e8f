// What is configured about one issuer of OpenID Connect tokens.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace cumulet::identity::federation::oidc {

struct Provider {
    std::string identity_provider, protocol;  // ids in this cloud
    std::string issuer;
    std::vector<std::string> audiences;  // a bearer token must be for one of them
    std::vector<std::string> algorithms = {"RS256", "ES256", "PS256"};
    // Empty: from the issuer's discovery document.
    std::string jwks_uri, introspection_endpoint, authorization_endpoint, token_endpoint;
    std::string client_id, client_secret;  // for introspection and the browser's way
    std::string scope = "openid email profile";
    std::string ca_file;         // PEM; empty: the system's
    bool opaque_tokens = false;  // bearer tokens are shown to the introspection endpoint
};

// Throws std::runtime_error, naming what is wrong: a missing or unknown member, an algorithm that is not a signature by
// a public key, plain HTTP to another machine.
Provider read_provider(const nlohmann::json& document);

}  // namespace cumulet::identity::federation::oidc

// What is configured about SAML: our own key, and the providers whose word counts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace cumulet::identity::federation::saml {

// This cloud as a provider for others.
struct OwnIssuer {
    std::string entity_id;
    std::string key_pem, certificate_pem;
    long lifetime_s = 300;
};

// A provider whose assertions are taken.
struct TrustedIssuer {
    std::string identity_provider, protocol;  // ids in this cloud
    std::string entity_id;                    // of the provider
    std::string certificate_pem;
    std::string audience;     // our own entity id
    bool allow_sha1 = false;  // real Keystones sign so
    std::string sign_on_url;  // where browsers are sent to log in; empty: they are not
    std::string key_pem;      // our own, as a service: decrypts assertions, signs requests; empty: neither
};

struct Settings {
    OwnIssuer own;  // no key: none
    std::vector<TrustedIssuer> trusted;
};

// {"own": {"entity_id", "key_file", "certificate_file", "lifetime_s"}, "trusted": [{"identity_provider", "protocol",
// "entity_id", "certificate_file", "audience", "allow_sha1", "sign_on_url", "key_file"}]}. Throws std::runtime_error
// that says what is wrong.
Settings read_settings(const nlohmann::json& document);

}  // namespace cumulet::identity::federation::saml

// One issuer at work: its discovery document, its keys, and what its tokens say.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"
#include "identity/federation/oidc/key_set.hpp"
#include "identity/federation/oidc/provider.hpp"

namespace cumulet::identity::federation::oidc {

// All members: any thread that may wait; they ask the issuer where they must. Fault 401 for what is not to be trusted,
// 503 when the issuer does not answer.
class Verifier {
public:
    Verifier(Provider provider, Fetch fetch, const Clock& clock);
    const Provider& provider() const { return provider_; }

    // The claims of a bearer token.
    nlohmann::json check_bearer(std::string_view token);
    // The claims of an id token that answers a log-in begun with `nonce`.
    nlohmann::json check_id_token(std::string_view token, const std::string& nonce);
    // Where the provider says that something is: "authorization_endpoint"; a configured one goes first.
    std::string endpoint(const char* name);
    // Posts a form as the client and returns the JSON of a 200.
    nlohmann::json ask(const std::string& url, const std::string& form);

private:
    nlohmann::json introspect(std::string_view token);
    nlohmann::json signed_claims(std::string_view token);
    nlohmann::json discovered();

    const Provider provider_;
    Fetch fetch_;
    const Clock& clock_;
    KeySet keys_;
    std::mutex mutex_;
    nlohmann::json discovery_;
    Timestamp discovered_at_{}, tried_at_{};
};

}  // namespace cumulet::identity::federation::oidc

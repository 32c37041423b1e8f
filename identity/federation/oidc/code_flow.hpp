// The browser's way in: to the provider with a state and a nonce, back with a code, which is changed for an id token.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/runtime/ids.hpp"
#include "identity/federation/oidc/verifier.hpp"

namespace cumulet::identity::federation::oidc {

// Seals what a browser carries around for us; opening gives 401 for what we did not seal.
struct Sealer {
    std::function<std::string(std::string_view)> seal, open;
};

// Where to send the browser, and what to give it to keep. Nothing is remembered here: any daemon may take it back.
struct Departure {
    std::string location;
    std::string cookie;  // value; belongs to this browser and this log-in
};
Departure depart(Verifier& verifier, const Sealer& sealer, Random& random, Timestamp now, const std::string& origin,
                 const std::string& redirect_uri);

// Who came back and where they wanted to go.
struct Return {
    std::string identity_provider, protocol, origin;
    std::string redirect_uri, nonce, code_verifier;
};
// Reads a state; `cookie` must be the one of the departure. Fault 401 for any other and after ten minutes.
Return open_state(const Sealer& sealer, std::string_view state, std::string_view cookie, Timestamp now);
// Changes the code for claims. Waits for the provider.
nlohmann::json redeem(Verifier& verifier, const Return& back, std::string_view code);

}  // namespace cumulet::identity::federation::oidc

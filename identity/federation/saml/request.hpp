// Log-ins that a browser begins here: what it carries to the provider.
#pragma once

#include <string>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "identity/federation/saml/settings.hpp"

namespace cumulet::identity::federation::saml {

struct SignOn {
    std::string request_id;  // the answer names it
    std::string location;    // where to send the browser
};

// A request for an assertion (HTTP redirect binding), to be answered by a form posted to `answer_to`; signed when there
// is a key of ours. `relay_state` comes back with the answer; providers promise no more than 80 bytes. Throws
// std::runtime_error when the key does not work. Any thread.
SignOn begin_sign_on(const TrustedIssuer& issuer, const std::string& answer_to, const std::string& relay_state,
                     Timestamp now, Random& random);

}  // namespace cumulet::identity::federation::saml

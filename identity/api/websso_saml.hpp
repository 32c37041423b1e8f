// The browser's way in by SAML: to the provider with a request, back with a form that holds the answer.
#pragma once

#include <string>

#include "common/api/stream.hpp"
#include "identity/api/support.hpp"
#include "identity/federation/saml/settings.hpp"

namespace cumulet::identity::websso {

Reply send_by_saml(const Call& call, const federation::saml::TrustedIssuer& issuer, const std::string& origin);
// Fault 401 for an answer to no request of this browser's, or one that proves nothing.
http::Task<Reply> return_by_saml(api::StreamCall& call);

}  // namespace cumulet::identity::websso

// Responses of trusted providers: who they say somebody is.
#pragma once

#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"
#include "identity/federation/assertion.hpp"
#include "identity/federation/saml/settings.hpp"

namespace cumulet::identity::federation::saml {

struct Consumed {
    Assertion attributes;
    std::string assertion_id;
    Timestamp until{};  // it must not be taken again before
};

// Takes a Response, bare or in a SOAP envelope. Fault 401 unless it holds exactly one assertion (encrypted for the
// issuer's `key_pem`, perhaps), which the provider
// signed (or the whole response), is for us (`recipient` is where it was sent, the audience ours) and in force; what is
// read is read from the very element that was signed. Any thread.
// `request_id`: of the request that it must answer; empty where nobody here asked (the provider or a client began).
Consumed consume(std::string_view xml, const TrustedIssuer& issuer, const std::string& recipient, Timestamp now,
                 const std::string& request_id = "");

}  // namespace cumulet::identity::federation::saml

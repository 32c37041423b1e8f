// Assertions that a web server in front of this service proved (Apache with mod_shib, mod_auth_openidc or
// mod_auth_mellon) and hands over in headers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/message.hpp"
#include "identity/federation/assertion.hpp"

namespace cumulet::identity::federation {

class TrustedProxies {
public:
    // Addresses and networks ("10.0.0.5", "10.0.0.0/24", "::1"). Attributes whose names do not start with `prefix` are
    // left out. Throws std::runtime_error for what is neither.
    TrustedProxies(const std::vector<std::string>& peers, std::string prefix);
    ~TrustedProxies();

    bool trusts(const std::string& address) const;
    // Every header, under its own name and as CGI names it (HTTP_OIDC_ISS for "OIDC-iss"). nullopt when the peer is not
    // trusted: its headers mean nothing. Any thread.
    std::optional<Assertion> read(const http::Request& request) const;

private:
    struct Networks;
    std::unique_ptr<Networks> networks_;
    std::string prefix_;
};

}  // namespace cumulet::identity::federation

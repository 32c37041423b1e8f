// Turning X-Auth-Token into a Context.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/auth/context.hpp"

namespace cumulet::bus {
class Bus;
}
namespace cumulet::http {
class Client;
class Io;
}  // namespace cumulet::http

namespace cumulet::auth {

enum class Verdict {
    valid,
    invalid,     // unknown, expired, revoked: 401
    unavailable  // the identity service did not answer: 503, and nothing is cached
};

struct Validation {
    Verdict verdict = Verdict::invalid;
    ContextPtr context;  // set when valid
};

class Validator {
public:
    virtual ~Validator() = default;
    // `done` may run before the call returns (cached) or on an io thread. Any thread.
    virtual void validate(const std::string& token, std::function<void(Validation)> done) = 0;
    // What a 401 carries in WWW-Authenticate: Keystone uri="…".
    virtual std::string authenticate_uri() const = 0;
};

struct RemoteOptions {
    std::string identity_url;  // "http://127.0.0.1:5000/v3": ours or a real Keystone
    std::string public_url;    // for WWW-Authenticate; empty: identity_url
    std::string username, password, project_name = "service", user_domain = "Default", project_domain = "Default";
    std::size_t cache_entries = 10'000;
    Duration cache_ttl = std::chrono::seconds(300);      // upper bound for how long an answer is believed
    Duration negative_ttl = std::chrono::seconds(10);    // how long a refusal is believed
    Duration revocation_poll = std::chrono::seconds(5);  // fall-back when the bus is away: GET /v3/OS-REVOKE/events
};

// Validates with GET /v3/auth/tokens under its own service token (renewed before it ends), keeps answers in a bounded
// cache (one flight per token), drops them when "identity.revoked" comes over the bus, and polls revocation events as a
// fall-back.
std::unique_ptr<Validator> make_remote_validator(http::Client& client, http::Io& io, bus::Bus* bus, const Clock& clock,
                                                 RemoteOptions options);

// Knows exactly the given tokens: unit tests and simulations.
std::unique_ptr<Validator> make_fixed_validator(std::map<std::string, Context> tokens);

}  // namespace cumulet::auth

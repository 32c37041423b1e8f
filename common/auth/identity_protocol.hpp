// What the validator says to an identity service and reads from it: Keystone v3, ours or a real one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/token_cache.hpp"
#include "common/http/client.hpp"

namespace cumulet::auth {

http::ClientRequest login_request(const RemoteOptions& options);

struct ServiceToken {
    std::string text;
    Timestamp renew_at{};  // well before it ends
};
// Throws std::runtime_error when the answer is none to a log-in.
ServiceToken read_login(const http::ClientResponse& response, Timestamp now);

http::ClientRequest validation_request(const RemoteOptions& options, const std::string& service_token,
                                       const std::string& token);
http::ClientRequest events_request(const RemoteOptions& options, const std::string& service_token, Timestamp since);
// Throws std::runtime_error for a document of another form.
std::vector<Revocation> read_events(const std::string& body);

// The payload of an "identity.revoked" hint. nullopt: everything may be revoked ({"all": true}, or not understood).
std::optional<Revocation> read_hint(std::string_view payload);

// Whether a token can go into a header at all.
bool is_sendable(const std::string& token);

}  // namespace cumulet::auth

// Tells other daemons over the bus, as the change log grows, which tokens to look at again.
#pragma once

#include <string>
#include <vector>

#include "common/bus/bus.hpp"
#include "identity/change_follower.hpp"

namespace cumulet::identity {

inline constexpr std::string_view kRevokedSubject = "identity.revoked";
inline constexpr std::string_view kKeySubject = "identity.key";

// The payloads that an entry of the change log is worth: {"audit_id": …}, {"user_id": …} or {"all": true}.
std::vector<std::string> revocation_hints(const store::ChangeEntry& entry);

// The same for EC2 keys that changed or went: {"id": the SHA-256 of the access id}.
std::vector<std::string> key_hints(const store::ChangeEntry& entry);

// Publishes them. `bus` outlives the follower it is given to.
ChangeReader make_hint_publisher(bus::Bus& bus);

}  // namespace cumulet::identity

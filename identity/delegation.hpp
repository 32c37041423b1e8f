// Tokens that act for somebody who did not log in with them: application credentials, trusts, OAuth. They must not be
// able to make themselves something that outlives them.
#pragma once

#include "common/api/call.hpp"

namespace cumulet::identity {

bool is_delegated(const auth::Context& who);
// Fault 403 for a delegated token.
void require_own_login(const api::Call& call, std::string_view action);
// Fault 403 for a delegated token, except one of an unrestricted application credential.
void require_unrestricted(const api::Call& call, std::string_view action);

}  // namespace cumulet::identity

// What the browser's ways in share: the dashboard that sent it, the cookie that it keeps, the page that takes it back.
#pragma once

#include <string>
#include <string_view>

#include "identity/api/support.hpp"

namespace cumulet::identity::websso {

// The dashboard that asks. Fault 400 when none is named, 401 when it is not one to which tokens may be given.
std::string trusted_origin(const Call& call);
// A page that posts the token to the dashboard by itself.
Reply page(const std::string& origin, const std::string& token);

// Empty when the browser brought none of that name.
std::string cookie_of(const Call& call, std::string_view name);
// For a Set-Cookie header. `from_elsewhere`: also for what another site's form posts here.
std::string cookie(const Call& call, std::string_view name, std::string_view value, int seconds,
                   bool from_elsewhere = false);
inline constexpr int kLongestAbsenceS = 600;

}  // namespace cumulet::identity::websso

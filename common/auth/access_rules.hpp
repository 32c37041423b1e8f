// Access rules of application credentials: the only requests that a token made with one may make.
#pragma once

#include <string_view>

#include "common/auth/context.hpp"

namespace cumulet::auth {

// Whether a rule's path covers a request's: "{name}" and "*" stand for one segment or part of it, "**" for anything.
bool path_matches(std::string_view pattern, std::string_view path);

// Whether the token may make this request of a service of the type ("compute"). Tokens without rules may; those with
// rules may nothing where the type is empty.
bool permits(const Context& who, std::string_view service_type, std::string_view method, std::string_view path);

}  // namespace cumulet::auth

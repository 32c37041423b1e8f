// Whether a check lets an actor act on a target.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/auth/context.hpp"
#include "common/auth/policy_parse.hpp"

namespace cumulet::auth {

// Finds the tree of a named rule; null when there is none (the check is then a "no").
using FindRule = std::function<const Check*(std::string_view name)>;

bool evaluate(const Check& check, const Context& who, const nlohmann::json& target, const FindRule& find_rule);

// The member of `object` under a dotted name; the whole name as one member comes first. Null when there is none.
const nlohmann::json* find_dotted(const nlohmann::json& object, std::string_view name);

}  // namespace cumulet::auth

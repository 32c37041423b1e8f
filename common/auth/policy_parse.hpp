// The oslo.policy language as a tree.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::auth {

struct Check {
    enum class Kind { always, never, all_of, any_of, negation, role, rule, compare };
    Kind kind = Kind::never;
    std::vector<std::unique_ptr<Check>> children;  // all_of, any_of, negation
    // role and rule: `right` names it. compare: `left` is an attribute of the actor or a literal, `right` a template
    // such as
    // "%(project_id)s" or a literal.
    std::string left, right;
    bool left_is_literal = false;
};

// Throws PolicyError that says what was not understood.
std::unique_ptr<Check> parse_check(std::string_view text);

// The names between "%(" and ")s" of a template.
std::vector<std::string> template_keys(std::string_view text);

}  // namespace cumulet::auth

// The rule language of Keystone's mappings (docs: "Mapping Combinations"): which attributes of an assertion a rule asks
// for, and what it makes of them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "identity/federation/assertion.hpp"

namespace cumulet::identity::federation {

enum class UserType { ephemeral, local };

struct DomainName {
    std::string id, name;  // one of them
    bool empty() const { return id.empty() && name.empty(); }
};

struct MappedGroup {
    std::string name;
    DomainName domain;
};

struct MappedProject {
    std::string name;
    std::vector<std::string> roles;  // names
    DomainName domain;               // empty: the identity provider's
};

// What the language has: from the second on domains of projects, and a rule's domain as that of all it names; in the
// third projects from the assertion itself, and what is not said any more is taken away.
enum class RuleVersion { first = 1, second, third };
// "1.0", "2.0", "3.0"; empty means the first.
RuleVersion rule_version(std::string_view text);

// Who the rules say it is, before anything is looked up.
struct MappedProperties {
    UserType user_type = UserType::ephemeral;
    std::string user_id, user_name;  // empty: not said
    std::optional<std::string> user_email;
    DomainName user_domain;
    std::vector<std::string> group_ids;
    std::vector<MappedGroup> groups;
    std::vector<MappedProject> projects;
    bool only_these_projects = false;  // roles of the user on other projects go
};

// Works through `rules` (the "rules" of a mapping, as its schema allows them) in order: each that fits adds what its
// local part says. Fault 401 when none fits or what they say makes no sense. Time is linear in rules times values: no
// regular expression of RE2 runs away. Any thread.
MappedProperties apply_rules(const nlohmann::json& rules, const Assertion& assertion,
                             RuleVersion version = RuleVersion::first);

// What is wrong with rules beyond their schema, in a sentence: a regular expression that does not parse, too many of
// them, what only a later version has. nullopt when nothing is.
std::optional<std::string> problem_of_rules(const nlohmann::json& rules, RuleVersion version = RuleVersion::first);

}  // namespace cumulet::identity::federation

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
};

// Who the rules say it is, before anything is looked up.
struct MappedProperties {
    UserType user_type = UserType::ephemeral;
    std::string user_id, user_name;  // empty: not said
    std::optional<std::string> user_email;
    DomainName user_domain;
    std::vector<std::string> group_ids;
    std::vector<MappedGroup> groups;
    std::vector<MappedProject> projects;
};

// Works through `rules` (the "rules" of a mapping, as its schema allows them) in order: each that fits adds what its
// local part says. Fault 401 when none fits or what they say makes no sense. Time is linear in rules times values: no
// regular expression of RE2 runs away. Any thread.
MappedProperties apply_rules(const nlohmann::json& rules, const Assertion& assertion);

// What is wrong with rules beyond their schema, in a sentence: a regular expression that does not parse, too many of
// them. nullopt when nothing is.
std::optional<std::string> problem_of_rules(const nlohmann::json& rules);

}  // namespace cumulet::identity::federation

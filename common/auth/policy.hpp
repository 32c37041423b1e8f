// Policy: rules in the oslo.policy language. Defaults stand beside the endpoints; operators override them by name in a
// YAML file of the form they know from OpenStack.
//
// Language: "@" or "" always, "!" never, "role:NAME", "rule:NAME", "ATTRIBUTE:%(target_key)s", "ATTRIBUTE:literal",
// "literal:%(target_key)s" ('quoted', None, True, False), "not", "and", "or", parentheses. ATTRIBUTE is user_id,
// project_id, domain_id, user_domain_id, project_domain_id, system_scope, is_admin, is_admin_project, or a dotted path
// into the token.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/auth/context.hpp"

namespace cumulet::auth {

struct RuleDefault {
    std::string name;                      // "os_compute_api:servers:create"
    std::string check;                     // "rule:project_member_or_admin"
    std::vector<std::string> scope_types;  // any of "project", "domain", "system"; empty: any scope
};

class PolicyError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The rules that others refer to; a service's own rule of the same name replaces one: admin_required, owner,
// admin_or_owner, context_is_admin, project_admin, project_manager, project_member, project_reader,
// project_member_or_admin, project_reader_or_admin, system_reader, ….
const std::vector<RuleDefault>& common_rules();

class PolicyEngine {
public:
    // common_rules() are included. Throws PolicyError for a rule that does not parse or refers to an unknown one or to
    // itself.
    explicit PolicyEngine(std::vector<RuleDefault> defaults, bool enforce_scope = true);
    ~PolicyEngine();
    // Replaces rules by those of a YAML mapping (a file is read again when load_file is called again). On PolicyError
    // the rules in force stay.
    void load_yaml(const std::string& yaml);
    void load_file(const std::string& path);
    // Whether `rule` lets `who` act on `target` (an object of strings; nested objects are reached by dots, as
    // "target.user.domain_id"). Any thread. An unknown rule is a "no".
    bool allows(std::string_view rule, const Context& who, const nlohmann::json& target) const;
    // The attributes of the target ("target.user.id") that the rule in force reads, those of the rules it refers to
    // included.
    std::vector<std::string> target_keys(std::string_view rule) const;
    // Every rule with the check in force, for the operator.
    std::map<std::string, std::string> rules() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::auth

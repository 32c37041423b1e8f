// Who is asking: what a validated token says, in the form that policy rules and handlers read.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/runtime/clock.hpp"

namespace cumulet::auth {

struct Context {
    std::string user_id, user_name, user_domain_id, user_domain_name;
    std::string project_id, project_name, project_domain_id, project_domain_name;  // empty unless project-scoped
    std::string domain_id, domain_name;                                            // empty unless domain-scoped
    bool system_scope = false;                                                     // "system": {"all": true}
    std::vector<std::string> roles;                                                // names, implied ones included
    std::vector<std::string> role_ids;
    std::vector<std::string> methods;
    std::vector<std::string> audit_ids;
    std::string trust_id, application_credential_id;
    bool is_admin_project = true;
    Timestamp issued_at{}, expires_at{};
    nlohmann::json token;  // the token document as validated (may be null): what the identity API echoes

    bool has_role(std::string_view name) const;
    bool is_admin() const { return has_role("admin"); }
};

using ContextPtr = std::shared_ptr<const Context>;

// Reads the "token" object of a Keystone v3 validation answer. Throws std::runtime_error when it is none.
Context context_from_token(const nlohmann::json& token);

}  // namespace cumulet::auth

#include "common/auth/policy.hpp"

namespace cumulet::auth {

const std::vector<RuleDefault>& common_rules() {
    static const std::vector<RuleDefault> kRules = {
        {"context_is_admin", "role:admin", {}},
        {"admin_required", "role:admin or is_admin:1", {}},
        {"admin_only", "rule:context_is_admin", {}},
        {"admin_api", "rule:context_is_admin", {}},
        {"owner", "user_id:%(user_id)s", {}},
        {"project_owner", "project_id:%(project_id)s", {}},
        {"admin_or_owner", "rule:context_is_admin or project_id:%(project_id)s", {}},
        {"service_role", "role:service", {}},
        {"service_or_admin", "role:service or rule:context_is_admin", {}},
        {"service_api", "role:service", {}},
        // Secure RBAC, project scope. Nova writes these with the suffix _api, the other services without.
        {"project_admin", "role:admin and project_id:%(project_id)s", {}},
        {"project_manager", "role:manager and project_id:%(project_id)s", {}},
        {"project_member", "role:member and project_id:%(project_id)s", {}},
        {"project_reader", "role:reader and project_id:%(project_id)s", {}},
        {"project_manager_api", "rule:project_manager", {}},
        {"project_member_api", "rule:project_member", {}},
        {"project_reader_api", "rule:project_reader", {}},
        {"project_manager_or_admin", "rule:project_manager or rule:context_is_admin", {}},
        {"project_member_or_admin", "rule:project_member or rule:context_is_admin", {}},
        {"project_reader_or_admin", "rule:project_reader or rule:context_is_admin", {}},
        {"admin_or_project_manager", "rule:context_is_admin or rule:project_manager", {}},
        {"admin_or_project_member", "rule:context_is_admin or rule:project_member", {}},
        {"admin_or_project_reader", "rule:context_is_admin or rule:project_reader", {}},
        // The network service: who owns the network that a subnet or port is on.
        {"network_owner", "tenant_id:%(network:tenant_id)s", {}},
        {"admin_or_network_owner", "rule:context_is_admin or rule:network_owner", {}},
        // System scope.
        {"system_admin", "role:admin and system_scope:all", {}},
        {"system_member", "role:member and system_scope:all", {}},
        {"system_reader", "role:reader and system_scope:all", {}},
        {"system_admin_api", "rule:system_admin", {}},
        {"system_reader_api", "rule:system_reader", {}},
        {"system_admin_or_owner", "rule:system_admin or project_id:%(project_id)s", {}},
        {"system_or_project_reader", "rule:system_reader or rule:project_reader", {}},
    };
    return kRules;
}

}  // namespace cumulet::auth

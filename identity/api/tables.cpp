#include "identity/api/tables.hpp"

#include "common/api/service.hpp"

namespace cumulet::identity {

std::vector<api::EndpointTable> all_endpoints() {
    return {version_endpoints(),
            auth_endpoints(),
            user_endpoints(),
            project_endpoints(),
            project_tag_endpoints(),
            domain_endpoints(),
            group_endpoints(),
            role_endpoints(),
            grant_endpoints(),
            role_assignment_endpoints(),
            region_endpoints(),
            service_endpoints(),
            application_credential_endpoints(),
            credential_endpoints(),
            ec2_endpoints(),
            revocation_endpoints(),
            trust_endpoints(),
            limit_endpoints(),
            policy_endpoints(),
            endpoint_filter_endpoints(),
            oauth1_endpoints(),
            endpoint_policy_endpoints(),
            simple_cert_endpoints(),
            domain_config_endpoints(),
            identity_provider_endpoints(),
            mapping_endpoints(),
            service_provider_endpoints(),
            federation_auth_endpoints(),
            websso_endpoints(),
            saml_endpoints()};
}

std::vector<auth::RuleDefault> all_rules() {
    auto rules = api::policy_rules(all_endpoints());
    for (auto& rule : trust_list_rules()) rules.push_back(std::move(rule));
    rules.push_back({"admin_or_owner", "rule:admin_required or rule:owner", {}});
    rules.push_back({"service_or_admin", "rule:admin_required or rule:service_role", {}});
    return rules;
}

}  // namespace cumulet::identity

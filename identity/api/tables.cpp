#include "identity/api/tables.hpp"

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
            oauth2_endpoints(),
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

api::ServiceDescription service_description() {
    return {.name = "keystone",
            .tables = all_endpoints(),
            .fault = api::keystone_fault,
            .fixed_headers = {{"Vary", "X-Auth-Token"}},
            .policy_before_schema = true};
}

std::vector<auth::RuleDefault> more_rules() {
    // Names that Keystone has, and operators' policy files refer to.
    std::vector<auth::RuleDefault> rules = {
        {"admin_or_owner", "rule:admin_required or rule:owner", {}},
        {"service_or_admin", "rule:admin_required or rule:service_role", {}},
        {"token_subject", "user_id:%(target.token.user_id)s", {}},
        {"admin_or_token_subject", "rule:admin_required or rule:token_subject", {}},
        {"service_admin_or_token_subject", "rule:service_or_admin or rule:token_subject", {}},
        // These guard nothing, with Keystone neither.
        {"identity:list_projects_for_user", "", {}},
        {"identity:list_domains_for_user", "", {}},
        {"identity:revocation_list", "rule:service_or_admin", {"system", "project"}}};
    for (auto& more : {trust_list_rules(), more_role_rules(), assignment_tree_rules(), head_rules()})
        rules.insert(rules.end(), more.begin(), more.end());
    return rules;
}

std::vector<auth::RuleDefault> all_rules() {
    auto rules = api::policy_rules(all_endpoints());
    const auto more = more_rules();
    rules.insert(rules.end(), more.begin(), more.end());
    return rules;
}

}  // namespace cumulet::identity

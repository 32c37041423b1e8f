// Every rule name of Keystone's defaults, so that an operator's policy file means here what it meant there.
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "cloud.hpp"
#include "common/auth/policy.hpp"
#include "identity/api/tables.hpp"

using namespace cumulet;
using namespace cumulet::identity::test;
using M = http::Method;

namespace {

constexpr const char* kNames = R"(
add_endpoint_group_to_project add_endpoint_to_project add_user_to_group authorize_request_token
check_endpoint_in_project check_grant check_implied_role check_policy_association_for_endpoint
check_policy_association_for_region_and_service check_policy_association_for_service check_system_grant_for_group
check_system_grant_for_user check_token check_user_in_group create_application_credential create_consumer
create_credential create_domain create_domain_config create_domain_role create_endpoint create_endpoint_group
create_grant create_group create_identity_provider create_implied_role create_limits create_mapping create_policy
create_policy_association_for_endpoint create_policy_association_for_region_and_service
create_policy_association_for_service create_project create_project_tag create_protocol create_region
create_registered_limits create_role create_service create_service_provider create_system_grant_for_group
create_system_grant_for_user create_trust create_user delete_access_rule delete_access_token
delete_application_credential delete_consumer delete_credential delete_domain delete_domain_config
delete_domain_role delete_endpoint delete_endpoint_group delete_group delete_identity_provider delete_implied_role
delete_limit delete_mapping delete_policy delete_policy_association_for_endpoint
delete_policy_association_for_region_and_service delete_policy_association_for_service delete_project
delete_project_tag delete_project_tags delete_protocol delete_region delete_registered_limit delete_role
delete_service delete_service_provider delete_trust delete_user ec2_create_credential ec2_delete_credential
ec2_get_credential ec2_list_credentials ec2tokens_validate get_access_rule get_access_token get_access_token_role
get_application_credential get_auth_catalog get_auth_domains get_auth_projects get_auth_system get_consumer
get_credential get_domain get_domain_config get_domain_config_default get_domain_role get_endpoint
get_endpoint_group get_endpoint_group_in_project get_group get_identity_provider get_implied_role get_limit
get_limit_model get_mapping get_policy get_policy_for_endpoint get_project get_project_tag get_protocol get_region
get_registered_limit get_role get_role_for_trust get_security_compliance_domain_config get_service
get_service_provider get_trust get_user list_access_rules list_access_token_roles list_access_tokens
list_application_credentials list_consumers list_credentials list_domain_roles list_domains list_domains_for_user
list_endpoint_groups list_endpoint_groups_for_project list_endpoints list_endpoints_associated_with_endpoint_group
list_endpoints_for_policy list_endpoints_for_project list_grants list_groups list_groups_for_user
list_identity_providers list_implied_roles list_limits list_mappings list_policies list_project_tags list_projects
list_projects_associated_with_endpoint_group list_projects_for_endpoint list_projects_for_user list_protocols
list_regions list_registered_limits list_revoke_events list_role_assignments list_role_assignments_for_tree
list_role_inference_rules list_roles list_roles_for_trust list_service_providers list_services
list_system_grants_for_group list_system_grants_for_user list_trusts list_trusts_for_trustee
list_trusts_for_trustor list_user_projects list_users list_users_in_group remove_endpoint_from_project
remove_endpoint_group_from_project remove_user_from_group revocation_list revoke_grant
revoke_system_grant_for_group revoke_system_grant_for_user revoke_token s3tokens_validate update_consumer
update_credential update_domain update_domain_config update_domain_role update_endpoint update_endpoint_group
update_group update_identity_provider update_limit update_mapping update_policy update_project update_project_tags
update_protocol update_region update_registered_limit update_role update_service update_service_provider
update_user validate_token
)";

constexpr const char* kShared[] = {
    "admin_or_owner", "admin_or_token_subject",         "admin_required",   "domain_managed_target_role",
    "owner",          "service_admin_or_token_subject", "service_or_admin", "service_role",
    "token_subject"};

}  // namespace

TEST_CASE("each of Keystone's rules is there by its name") {
    std::set<std::string> ours;
    const auto add = [&](const std::vector<auth::RuleDefault>& rules) {
        for (const auto& rule : rules) ours.insert(rule.name);
    };
    add(auth::common_rules());
    add(identity::all_rules());
    std::istringstream names(kNames);
    for (std::string name; names >> name;) CHECK(ours.contains("identity:" + name));
    for (const auto* name : kShared) CHECK(ours.contains(name));
}

// Whoever asks is an administrator, whom no default refuses.
TEST_CASE("each operation is guarded by its own rule, which the operator can change") {
    Cloud cloud;
    const auto admin = cloud.admin_token();
    const auto role = [&](const char* name) { return cloud.id_of("roles", name); };
    const auto implication = "/v3/roles/" + role("admin") + "/implies/" + role("manager");
    const auto service = cloud.make("services", "service", {{"type", "x"}});
    const auto endpoint =
        cloud.make("endpoints", "endpoint", {{"interface", "public"}, {"service_id", service}, {"url", "http://x"}});
    const auto policy = cloud.make("policies", "policy", {{"blob", "{}"}, {"type", "text/plain"}});
    const auto region = cloud.make("regions", "region", nlohmann::json::object());
    const auto of = "/v3/policies/" + policy + "/OS-ENDPOINT-POLICY";
    struct Sample {
        const char* rule;
        M method;
        std::string target;
        int status;
    };
    const Sample samples[] = {
        {"get_implied_role", M::get, implication, 200},
        {"check_implied_role", M::head, implication, 204},
        {"create_policy_association_for_endpoint", M::put, of + "/endpoints/" + endpoint, 204},
        {"check_policy_association_for_endpoint", M::get, of + "/endpoints/" + endpoint, 204},
        {"check_policy_association_for_endpoint", M::head, of + "/endpoints/" + endpoint, 204},
        {"delete_policy_association_for_endpoint", M::del, of + "/endpoints/" + endpoint, 204},
        {"create_policy_association_for_service", M::put, of + "/services/" + service, 204},
        {"check_policy_association_for_service", M::get, of + "/services/" + service, 204},
        {"delete_policy_association_for_service", M::del, of + "/services/" + service, 204},
        {"create_policy_association_for_region_and_service", M::put, of + "/services/" + service + "/regions/" + region,
         204},
        {"check_policy_association_for_region_and_service", M::get, of + "/services/" + service + "/regions/" + region,
         204},
        {"delete_policy_association_for_region_and_service", M::del, of + "/services/" + service + "/regions/" + region,
         204},
        {"list_endpoints_for_policy", M::get, of + "/endpoints", 200},
        {"list_roles", M::get, "/v3/roles", 200},
        {"list_domain_roles", M::get, "/v3/roles?domain_id=default", 200},
        {"list_role_assignments", M::get, "/v3/role_assignments", 200},
        {"list_role_assignments_for_tree", M::get,
         "/v3/role_assignments?include_subtree&scope.project.id=" + cloud.id_of("projects", "admin"), 200},
        {"list_trusts", M::get, "/v3/OS-TRUST/trusts", 200},
    };
    for (const auto& sample : samples) {
        CAPTURE(sample.rule, sample.target);
        cloud.override_policy("\"identity:" + std::string(sample.rule) + "\": \"!\"");
        CHECK(cloud.call(sample.method, sample.target, nullptr, admin).status == 403);
        cloud.override_policy("{}");
        CHECK(cloud.call(sample.method, sample.target, nullptr, admin).status == sample.status);
    }
}

TEST_CASE("HEAD of an implication takes what GET takes besides its own rule") {
    Cloud cloud;
    const auto target = "/v3/roles/" + cloud.id_of("roles", "admin") + "/implies/" + cloud.id_of("roles", "manager");
    cloud.override_policy("\"identity:get_implied_role\": \"!\"");
    CHECK(cloud.call(M::head, target, nullptr, cloud.admin_token()).status == 403);
}

// Every endpoint of the identity API, by the file that holds it.
#pragma once

#include <vector>

#include "common/api/endpoint.hpp"
#include "common/api/service.hpp"
#include "common/auth/policy.hpp"

namespace cumulet::identity {

api::EndpointTable version_endpoints();
api::EndpointTable auth_endpoints();
api::EndpointTable user_endpoints();
api::EndpointTable project_endpoints();
api::EndpointTable project_tag_endpoints();
api::EndpointTable domain_endpoints();
api::EndpointTable group_endpoints();
api::EndpointTable role_endpoints();
api::EndpointTable grant_endpoints();
api::EndpointTable role_assignment_endpoints();
api::EndpointTable region_endpoints();
api::EndpointTable service_endpoints();
api::EndpointTable application_credential_endpoints();
api::EndpointTable credential_endpoints();
api::EndpointTable ec2_endpoints();
api::EndpointTable revocation_endpoints();
api::EndpointTable trust_endpoints();
api::EndpointTable limit_endpoints();
api::EndpointTable policy_endpoints();
api::EndpointTable endpoint_filter_endpoints();
api::EndpointTable oauth1_endpoints();
api::EndpointTable oauth2_endpoints();
api::EndpointTable endpoint_policy_endpoints();
api::EndpointTable simple_cert_endpoints();
api::EndpointTable domain_config_endpoints();
api::EndpointTable identity_provider_endpoints();
api::EndpointTable mapping_endpoints();
api::EndpointTable service_provider_endpoints();
api::EndpointTable federation_auth_endpoints();
api::EndpointTable websso_endpoints();
api::EndpointTable saml_endpoints();

// Trusts are listed under a rule for each way to ask.
std::vector<auth::RuleDefault> trust_list_rules();
// Roles of domains and HEAD of an implication have rules of their own; and which roles managers of a domain hand out.
std::vector<auth::RuleDefault> more_role_rules();
// Assignments in a tree of projects are listed under a rule of their own.
std::vector<auth::RuleDefault> assignment_tree_rules();

std::vector<api::EndpointTable> all_endpoints();
// The service: all of the tables, in Keystone's manners.
api::ServiceDescription service_description();
// HEAD of a token is checked under a rule of its own.
std::vector<auth::RuleDefault> head_rules();
// All of these, and the names that operators' policy files refer to.
std::vector<auth::RuleDefault> more_rules();
// The rules of the tables and those they refer to.
std::vector<auth::RuleDefault> all_rules();

}  // namespace cumulet::identity

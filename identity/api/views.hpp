// Records as the API shows them.
#pragma once

#include <nlohmann/json.hpp>

#include "common/api/call.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/policies.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/roles.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

nlohmann::json user_view(const api::Call& call, const User& user);
nlohmann::json group_view(const api::Call& call, const Group& group);
nlohmann::json project_view(const api::Call& call, const Project& project);
nlohmann::json domain_view(const api::Call& call, const Project& domain);
nlohmann::json role_view(const api::Call& call, const Role& role);
nlohmann::json region_view(const api::Call& call, const Region& region);
nlohmann::json service_view(const api::Call& call, const ServiceEntry& service);
nlohmann::json endpoint_view(const api::Call& call, const EndpointEntry& endpoint);

nlohmann::json policy_view(const api::Call& call, const PolicyDocument& policy);

}  // namespace cumulet::identity

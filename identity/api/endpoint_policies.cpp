// Which policy document is for which endpoints.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/catalog_rules.hpp"
#include "identity/model/endpoint_policy_rules.hpp"
#include "identity/model/policies.hpp"

namespace cumulet::identity {
namespace {

bool names(const Call& call, std::string_view parameter) {
    return call.endpoint().path.find(parameter) != std::string_view::npos;
}

PolicyDocument require_policy(Transaction& txn, std::string_view id) {
    auto policy = txn.get<PolicyDocument>(id);
    if (!policy) throw not_found("policy", id);
    return *policy;
}

// What the path says; everything it names exists.
PolicyAssociation association_of(Call& call, Transaction& txn) {
    PolicyAssociation association;
    association.policy_id = require_policy(txn, call.path("policy_id")).id;
    if (names(call, "{endpoint_id}")) association.endpoint_id = require_endpoint(txn, call.path("endpoint_id")).id;
    if (names(call, "{service_id}")) association.service_id = require_service(txn, call.path("service_id")).id;
    if (names(call, "{region_id}")) association.region_id = require_region(txn, call.path("region_id")).id;
    return association;
}

bool exists(Transaction& txn, const PolicyAssociation& wanted) {
    auto found = txn.get<PolicyAssociation>(wanted.endpoint_id, wanted.service_id, wanted.region_id);
    return found && found->policy_id == wanted.policy_id;
}

Reply put(Call& call, Transaction& txn) {
    txn.put(association_of(call, txn), "tied");
    return Reply::no_content();
}

Reply check(Call& call, Transaction& txn) {
    if (!exists(txn, association_of(call, txn))) throw Fault(Errc::not_found, "Could not find policy association.");
    return Reply::no_content();
}

Reply remove(Call& call, Transaction& txn) {
    const auto association = association_of(call, txn);
    if (!exists(txn, association)) throw Fault(Errc::not_found, "Could not find policy association.");
    txn.erase(association, "untied");
    return Reply::no_content();
}

Reply list_endpoints(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& endpoint : endpoints_of_policy(txn, require_policy(txn, call.path("policy_id")).id))
        items.push_back(endpoint_view(call, endpoint));
    return list_reply(call, "endpoints", std::move(items));
}

Reply show_policy(Call& call, Transaction& txn) {
    const auto endpoint = require_endpoint(txn, call.path("endpoint_id"));
    const auto policy_id = policy_of_endpoint(txn, endpoint);
    if (!policy_id) throw Fault(Errc::not_found, "No policy is associated with endpoint {}.", endpoint.id);
    return Reply::ok({{"policy", policy_view(call, require_policy(txn, *policy_id))}});
}

constexpr Endpoint put_at(std::string_view path, std::string_view rule) {
    return {.method = Method::put,
            .path = path,
            .policy = admin_policy(rule),
            .body = api::kNoBody,
            .success = 204,
            .summary = "Say that a policy document is for these endpoints.",
            .handle = put};
}
constexpr Endpoint check_at(std::string_view path, std::string_view rule) {
    return {.method = Method::get,
            .path = path,
            .policy = reader_policy(rule),
            .success = 204,
            .summary = "Check whether a policy document is for these endpoints.",
            .handle = check};
}
constexpr Endpoint remove_at(std::string_view path, std::string_view rule) {
    return {.method = Method::del,
            .path = path,
            .policy = admin_policy(rule),
            .success = 204,
            .summary = "Say that a policy document is not for these endpoints any more.",
            .handle = remove};
}

constexpr std::string_view kOfEndpoint = "/v3/policies/{policy_id}/OS-ENDPOINT-POLICY/endpoints/{endpoint_id}";
constexpr std::string_view kOfService = "/v3/policies/{policy_id}/OS-ENDPOINT-POLICY/services/{service_id}";
constexpr std::string_view kOfRegion =
    "/v3/policies/{policy_id}/OS-ENDPOINT-POLICY/services/{service_id}/regions/{region_id}";

constexpr Endpoint kEndpoints[] = {
    put_at(kOfEndpoint, "identity:create_policy_association_for_endpoint"),
    check_at(kOfEndpoint, "identity:check_policy_association_for_endpoint"),
    remove_at(kOfEndpoint, "identity:delete_policy_association_for_endpoint"),
    put_at(kOfService, "identity:create_policy_association_for_service"),
    check_at(kOfService, "identity:check_policy_association_for_service"),
    remove_at(kOfService, "identity:delete_policy_association_for_service"),
    put_at(kOfRegion, "identity:create_policy_association_for_region_and_service"),
    check_at(kOfRegion, "identity:check_policy_association_for_region_and_service"),
    remove_at(kOfRegion, "identity:delete_policy_association_for_region_and_service"),
    {.method = Method::get,
     .path = "/v3/policies/{policy_id}/OS-ENDPOINT-POLICY/endpoints",
     .policy = reader_policy("identity:list_endpoints_for_policy"),
     .summary = "List the endpoints that a policy document is for.",
     .handle = list_endpoints},
    {.method = Method::get,
     .path = "/v3/endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy",
     .policy = reader_policy("identity:get_policy_for_endpoint"),
     .summary = "Show the policy document that is for an endpoint.",
     .handle = show_policy},
};

}  // namespace

api::EndpointTable endpoint_policy_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

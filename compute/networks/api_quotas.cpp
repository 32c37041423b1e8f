#include <algorithm>
#include <array>

#include "compute/model/quota.hpp"
#include "compute/networks/api_common.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

namespace {

constexpr std::array<std::string_view, 7> kResources{
    "network", "subnet", "port", "router", "floatingip", "security_group", "security_group_rule"};
constexpr std::string_view kBody =
    R"J({"type":"object","additionalProperties":false,"required":["quota"],"properties":{"quota":
 {"type":"object","additionalProperties":false,"properties":{
 "tenant_id":{"type":"string"},"project_id":{"type":"string"},"force":{"type":"boolean"},"check_limit":{"type":"boolean"},
 "network":{"$ref":"#/definitions/limit"},"subnet":{"$ref":"#/definitions/limit"},"port":{"$ref":"#/definitions/limit"},
 "router":{"$ref":"#/definitions/limit"},"floatingip":{"$ref":"#/definitions/limit"},
 "security_group":{"$ref":"#/definitions/limit"},"security_group_rule":{"$ref":"#/definitions/limit"}}}},
 "definitions":{"limit":{"anyOf":[{"type":"integer","minimum":-1,"maximum":2147483647},{"type":"string","pattern":"^(-1|[0-9]{1,9})$"}]}}})J";

json limits_of(store::Transaction& txn, std::string_view project_id) {
    json limits = json::object();
    for (auto resource : kResources) limits[std::string(resource)] = quota_limit(txn, project_id, resource);
    return limits;
}

// Everybody may look at what holds for his own project.
const std::string& readable_project(const Call& call) {
    const auto& project = call.path("project_id");
    if (project != call.actor().project_id) call.enforce("context_is_admin", json::object());
    return project;
}

Reply list_quotas(Call& call, store::Transaction& txn) {
    json quotas = json::array();
    txn.visit<QuotaSet>({}, [&](QuotaSet&& set) {
        const bool ours =
            std::ranges::any_of(kResources, [&](auto name) { return set.limits.contains(std::string(name)); });
        if (!ours || set.project_id.starts_with("class:")) return true;
        auto limits = limits_of(txn, set.project_id);
        limits["project_id"] = limits["tenant_id"] = set.project_id;
        quotas.push_back(with_fields(call, std::move(limits)));
        return true;
    });
    return Reply::ok({{"quotas", std::move(quotas)}});
}

Reply show_quota(Call& call, store::Transaction& txn) {
    return Reply::ok({{"quota", limits_of(txn, readable_project(call))}});
}

Reply show_default_quota(Call& call, store::Transaction& txn) {
    readable_project(call);
    return Reply::ok({{"quota", limits_of(txn, "class:default")}});
}

Reply show_quota_details(Call& call, store::Transaction& txn) {
    const auto& project = readable_project(call);
    json quota = json::object();
    for (auto resource : kResources)
        quota[std::string(resource)] = {{"limit", quota_limit(txn, project, resource)},
                                        {"used", quota_used(txn, project, resource)},
                                        {"reserved", 0}};
    return Reply::ok({{"quota", std::move(quota)}});
}

Reply update_quota(Call& call, store::Transaction& txn) {
    const auto& project = call.path("project_id");
    const auto& wanted = call.body().at("quota");
    auto set = txn.get<QuotaSet>(project).value_or(QuotaSet{project, {}});
    for (auto resource : kResources)
        if (has(wanted, resource)) set.limits[std::string(resource)] = number_of(wanted, resource, -1);
    txn.put(set, "quota");
    return Reply::ok({{"quota", limits_of(txn, project)}});
}

Reply delete_quota(Call& call, store::Transaction& txn) {
    if (auto set = txn.get<QuotaSet>(call.path("project_id"))) {
        for (auto resource : kResources) set->limits.erase(std::string(resource));
        set->limits.empty() ? txn.erase(*set, "quota") : txn.put(*set, "quota");
    }
    return Reply::no_content();
}

using http::Method;
constexpr std::string_view kAdmin = "rule:context_is_admin", kOwn = kReader;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/quotas",
     .policy = Policy{"get_quotas", kAdmin},
     .target = own_target,
     .summary = "List the projects whose quotas are not the defaults.",
     .handle = list_quotas},
    {.method = Method::get,
     .path = "/v2.0/quotas/{project_id}",
     .policy = Policy{"get_quota", kOwn},
     .target = own_target,
     .summary = "Show a project's quotas.",
     .handle = show_quota},
    {.method = Method::put,
     .path = "/v2.0/quotas/{project_id}",
     .policy = Policy{"update_quota", kAdmin},
     .target = own_target,
     .body = {kBody},
     .summary = "Change a project's quotas.",
     .handle = update_quota},
    {.method = Method::del,
     .path = "/v2.0/quotas/{project_id}",
     .policy = Policy{"delete_quota", kAdmin},
     .target = own_target,
     .success = 204,
     .summary = "Put a project's quotas back to the defaults.",
     .handle = delete_quota},
    {.method = Method::get,
     .path = "/v2.0/quotas/{project_id}/default",
     .policy = Policy{"get_quota", kOwn},
     .target = own_target,
     .summary = "Show the default quotas.",
     .handle = show_default_quota},
    {.method = Method::get,
     .path = "/v2.0/quotas/{project_id}/details",
     .policy = Policy{"get_quota", kOwn},
     .target = own_target,
     .summary = "Show a project's quotas and what is used of them.",
     .handle = show_quota_details},
    {.method = Method::get,
     .path = "/v2.0/quotas/{project_id}/details.json",
     .policy = Policy{"get_quota", kOwn},
     .target = own_target,
     .summary = "Show a project's quotas and what is used of them.",
     .handle = show_quota_details},
};

}  // namespace

api::EndpointTable quota_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks

// Policy documents of services.
#include "identity/model/policies.hpp"
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/endpoint_policy_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {"type", "blob"};

PolicyDocument require(Call& call, Transaction& txn) {
    auto policy = txn.get<PolicyDocument>(call.path("policy_id"));
    if (!policy) throw not_found("policy", call.path("policy_id"));
    return *policy;
}

void take(PolicyDocument& policy, const json& body) {
    policy.type = text_or(body, "type", policy.type);
    policy.blob = text_or(body, "blob", policy.blob);
    set_extra_members(policy.extra, body, kKnown);
}

Reply list(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& policy : txn.scan<PolicyDocument>({})) items.push_back(policy_view(call, policy));
    return list_reply(call, "policies", filtered(call, std::move(items), {"type"}));
}

Reply create(Call& call, Transaction& txn) {
    PolicyDocument policy;
    policy.id = call.random().hex_uuid();
    take(policy, call.body()["policy"]);
    txn.put(policy, "created");
    return Reply::created({{"policy", policy_view(call, policy)}});
}

Reply show(Call& call, Transaction& txn) { return Reply::ok({{"policy", policy_view(call, require(call, txn))}}); }

Reply update(Call& call, Transaction& txn) {
    auto policy = require(call, txn);
    take(policy, call.body()["policy"]);
    txn.put(policy, "updated");
    return Reply::ok({{"policy", policy_view(call, policy)}});
}

Reply remove(Call& call, Transaction& txn) {
    const auto policy = require(call, txn);
    remove_associations_of_policy(txn, policy.id);
    txn.erase(policy, "deleted");
    return Reply::no_content();
}

constexpr std::string_view kMember = "policy";
constexpr std::string_view kProperties = R"("blob": {"type": "string"}, "type": {"type": "string", "maxLength": 255})";
constexpr std::string_view kDemandsOfNew = R"("required": ["blob", "type"])";
constexpr Schema kCreate = body_of<kMember, kDemandsOfNew, kProperties>;
constexpr Schema kUpdate = body_of<kMember, kAnything, kProperties>;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/policies",
     .policy = reader_policy("identity:list_policies"),
     .summary = "List policy documents.",
     .handle = list},
    {.method = Method::post,
     .path = "/v3/policies",
     .policy = admin_policy("identity:create_policy"),
     .body = kCreate,
     .success = 201,
     .summary = "Store a policy document.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/policies/{policy_id}",
     .policy = reader_policy("identity:get_policy"),
     .summary = "Show a policy document.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/policies/{policy_id}",
     .policy = admin_policy("identity:update_policy"),
     .body = kUpdate,
     .summary = "Change a policy document.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/policies/{policy_id}",
     .policy = admin_policy("identity:delete_policy"),
     .success = 204,
     .summary = "Delete a policy document.",
     .handle = remove},
};

}  // namespace

api::EndpointTable policy_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

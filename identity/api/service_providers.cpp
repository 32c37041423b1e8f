// Service providers: other clouds that users of this one may go to.
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/model/federation_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::string_view kRelayStatePrefix = "ss:mem:";

json view(const Call& call, const ServiceProvider& provider) {
    return {{"id", provider.id},
            {"enabled", provider.enabled},
            {"description", provider.description.empty() ? json(nullptr) : json(provider.description)},
            {"auth_url", provider.auth_url},
            {"sp_url", provider.sp_url},
            {"relay_state_prefix", provider.relay_state_prefix},
            {"links", {{"self", link_to(call, "OS-FEDERATION/service_providers", provider.id)}}}};
}

void take(ServiceProvider& provider, const json& body) {
    provider.enabled = bool_or(body, "enabled", provider.enabled);
    provider.auth_url = text_or(body, "auth_url", provider.auth_url);
    provider.sp_url = text_or(body, "sp_url", provider.sp_url);
    if (body.contains("description")) provider.description = text_or(body, "description", "");
    if (body.contains("relay_state_prefix"))
        provider.relay_state_prefix = text_or(body, "relay_state_prefix", kRelayStatePrefix);
}

Reply list(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& provider : txn.scan<ServiceProvider>({})) items.push_back(view(call, provider));
    return list_reply(call, "service_providers", filtered(call, std::move(items), {"id", "enabled"}));
}

Reply create(Call& call, Transaction& txn) {
    ServiceProvider provider{.id = call.path("sp_id"), .relay_state_prefix = std::string(kRelayStatePrefix)};
    if (txn.get<ServiceProvider>(provider.id))
        throw conflict("service_provider", "Duplicate entry found with ID " + provider.id);
    take(provider, call.body()["service_provider"]);
    txn.put(provider, "created");
    return Reply::created({{"service_provider", view(call, provider)}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"service_provider", view(call, require_service_provider(txn, call.path("sp_id")))}});
}

Reply update(Call& call, Transaction& txn) {
    auto provider = require_service_provider(txn, call.path("sp_id"));
    take(provider, call.body()["service_provider"]);
    txn.put(provider, "updated");
    return Reply::ok({{"service_provider", view(call, provider)}});
}

Reply remove(Call& call, Transaction& txn) {
    txn.erase(require_service_provider(txn, call.path("sp_id")), "deleted");
    return Reply::no_content();
}

constexpr std::string_view kMember = "service_provider";
constexpr std::string_view kProperties =
    R"("auth_url": {"type": "string", "maxLength": 255, "pattern": "^[a-zA-Z0-9+.-]+:.+"},
    "sp_url": {"type": "string", "maxLength": 255, "pattern": "^[a-zA-Z0-9+.-]+:.+"},
    "enabled": {"type": "boolean"}, "description": {"type": ["string", "null"]},
    "relay_state_prefix": {"type": ["string", "null"], "maxLength": 256})";
constexpr std::string_view kDemandsOfNew = R"("required": ["auth_url", "sp_url"], "additionalProperties": false)";
constexpr std::string_view kDemandsOfChange = R"("minProperties": 1, "additionalProperties": false)";
constexpr Schema kCreate = body_of<kMember, kDemandsOfNew, kProperties>;
constexpr Schema kUpdate = body_of<kMember, kDemandsOfChange, kProperties>;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/service_providers",
     .policy = reader_policy("identity:list_service_providers"),
     .summary = "List service providers.",
     .handle = list},
    {.method = Method::put,
     .path = "/v3/OS-FEDERATION/service_providers/{sp_id}",
     .policy = admin_policy("identity:create_service_provider"),
     .body = kCreate,
     .success = 201,
     .summary = "Register a cloud that users of this one may go to.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/service_providers/{sp_id}",
     .policy = reader_policy("identity:get_service_provider"),
     .summary = "Show a service provider.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/OS-FEDERATION/service_providers/{sp_id}",
     .policy = admin_policy("identity:update_service_provider"),
     .body = kUpdate,
     .summary = "Change a service provider.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/OS-FEDERATION/service_providers/{sp_id}",
     .policy = admin_policy("identity:delete_service_provider"),
     .success = 204,
     .summary = "Delete a service provider.",
     .handle = remove},
};

}  // namespace

api::EndpointTable service_provider_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

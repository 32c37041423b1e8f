// Identity providers and the protocols by which their users come in.
#include "common/runtime/text.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/model/federation_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::string_view kCollection = "OS-FEDERATION/identity_providers";

json view(const Call& call, const IdentityProvider& idp) {
    const auto self = link_to(call, kCollection, idp.id);
    return {{"id", idp.id},
            {"enabled", idp.enabled},
            {"description", idp.description.empty() ? json(nullptr) : json(idp.description)},
            {"domain_id", idp.domain_id},
            {"authorization_ttl", idp.authorization_ttl ? json(*idp.authorization_ttl) : json(nullptr)},
            {"remote_ids", idp.remote_ids},
            {"links", {{"self", self}, {"protocols", self + "/protocols"}}}};
}

void take(IdentityProvider& idp, const json& body) {
    idp.enabled = bool_or(body, "enabled", idp.enabled);
    if (body.contains("description")) idp.description = text_or(body, "description", "");
    if (auto ttl = body.find("authorization_ttl"); ttl != body.end())
        idp.authorization_ttl = ttl->is_null() ? std::nullopt : std::optional(ttl->get<std::int64_t>());
    if (auto ids = body.find("remote_ids"); ids != body.end())
        idp.remote_ids = ids->is_null() ? std::vector<std::string>() : ids->get<std::vector<std::string>>();
}

Reply list(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& idp : txn.scan<IdentityProvider>({})) items.push_back(view(call, idp));
    return list_reply(call, "identity_providers", filtered(call, std::move(items), {"id", "enabled"}));
}

Reply create(Call& call, Transaction& txn) {
    const json body = call.body().value("identity_provider", json::object());
    IdentityProvider idp{.id = call.path("idp_id"), .domain_id = text_or(body, "domain_id", "")};
    take(idp, body);
    create_idp(txn, idp, call.random().hex_uuid());
    return Reply::created({{"identity_provider", view(call, idp)}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"identity_provider", view(call, require_idp(txn, call.path("idp_id")))}});
}

Reply update(Call& call, Transaction& txn) {
    const auto before = require_idp(txn, call.path("idp_id"));
    auto idp = before;
    take(idp, call.body()["identity_provider"]);
    update_idp(txn, before, idp);
    return Reply::ok({{"identity_provider", view(call, idp)}});
}

Reply remove(Call& call, Transaction& txn) {
    delete_idp(txn, require_idp(txn, call.path("idp_id")));
    return Reply::no_content();
}

json protocol_view(const Call& call, const FederationProtocol& protocol) {
    const auto idp = link_to(call, kCollection, protocol.idp_id);
    return {{"id", protocol.id},
            {"mapping_id", protocol.mapping_id},
            {"remote_id_attribute",
             protocol.remote_id_attribute.empty() ? json(nullptr) : json(protocol.remote_id_attribute)},
            {"links", {{"self", idp + "/protocols/" + text::percent_encode(protocol.id)}, {"identity_provider", idp}}}};
}

FederationProtocol protocol_of(Call& call, Transaction& txn) {
    return require_protocol(txn, call.path("idp_id"), call.path("protocol_id"));
}

void take(FederationProtocol& protocol, const json& body) {
    protocol.mapping_id = text_or(body, "mapping_id", protocol.mapping_id);
    if (body.contains("remote_id_attribute")) protocol.remote_id_attribute = text_or(body, "remote_id_attribute", "");
}

Reply list_protocols(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& protocol : txn.scan<FederationProtocol>({}, call.path("idp_id")))
        items.push_back(protocol_view(call, protocol));
    return list_reply(call, "protocols", std::move(items));
}

Reply create_one_protocol(Call& call, Transaction& txn) {
    FederationProtocol protocol{.idp_id = call.path("idp_id"), .id = call.path("protocol_id")};
    take(protocol, call.body()["protocol"]);
    create_protocol(txn, protocol);
    return Reply::created({{"protocol", protocol_view(call, protocol)}});
}

Reply show_protocol(Call& call, Transaction& txn) {
    return Reply::ok({{"protocol", protocol_view(call, protocol_of(call, txn))}});
}

Reply update_one_protocol(Call& call, Transaction& txn) {
    auto protocol = protocol_of(call, txn);
    take(protocol, call.body()["protocol"]);
    update_protocol(txn, protocol);
    return Reply::ok({{"protocol", protocol_view(call, protocol)}});
}

Reply remove_protocol(Call& call, Transaction& txn) {
    delete_protocol(txn, protocol_of(call, txn));
    return Reply::no_content();
}

constexpr Schema kCreate{R"({"type": "object", "properties": {"identity_provider": {"type": "object",
    "additionalProperties": false, "properties": {
        "enabled": {"type": "boolean"}, "description": {"type": ["string", "null"]},
        "domain_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 64},
        "authorization_ttl": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
        "remote_ids": {"type": ["array", "null"], "uniqueItems": true, "maxItems": 1000,
            "items": {"type": "string", "minLength": 1, "maxLength": 255}}}}}})"};
constexpr Schema kUpdate{R"({"type": "object", "required": ["identity_provider"], "properties": {"identity_provider":
    {"type": "object", "minProperties": 1, "additionalProperties": false, "properties": {
        "enabled": {"type": "boolean"}, "description": {"type": ["string", "null"]},
        "authorization_ttl": {"type": ["integer", "null"], "minimum": 0, "maximum": 2147483647},
        "remote_ids": {"type": ["array", "null"], "uniqueItems": true, "maxItems": 1000,
            "items": {"type": "string", "minLength": 1, "maxLength": 255}}}}}})"};
constexpr Schema kProtocol{R"({"type": "object", "required": ["protocol"], "properties": {"protocol": {"type": "object",
    "required": ["mapping_id"], "additionalProperties": false, "properties": {
        "mapping_id": {"type": "string", "minLength": 1, "maxLength": 64},
        "remote_id_attribute": {"type": ["string", "null"], "maxLength": 64}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/identity_providers",
     .policy = reader_policy("identity:list_identity_providers"),
     .summary = "List identity providers.",
     .handle = list},
    {.method = Method::put,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}",
     .policy = admin_policy("identity:create_identity_provider"),
     .body = kCreate,
     .success = 201,
     .summary = "Register an identity provider; without a domain one is made for its users.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}",
     .policy = reader_policy("identity:get_identity_provider"),
     .summary = "Show an identity provider.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}",
     .policy = admin_policy("identity:update_identity_provider"),
     .body = kUpdate,
     .summary = "Change an identity provider; disabled, its users' tokens are void.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}",
     .policy = admin_policy("identity:delete_identity_provider"),
     .success = 204,
     .summary = "Delete an identity provider, its protocols, and the users that only it knew.",
     .handle = remove},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols",
     .policy = reader_policy("identity:list_protocols"),
     .summary = "List the protocols of an identity provider.",
     .handle = list_protocols},
    {.method = Method::put,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}",
     .policy = admin_policy("identity:create_protocol"),
     .body = kProtocol,
     .success = 201,
     .summary = "Let users of an identity provider in by a protocol, through a mapping.",
     .handle = create_one_protocol},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}",
     .policy = reader_policy("identity:get_protocol"),
     .summary = "Show a protocol of an identity provider.",
     .handle = show_protocol},
    {.method = Method::patch,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}",
     .policy = admin_policy("identity:update_protocol"),
     .body = kProtocol,
     .summary = "Give a protocol another mapping.",
     .handle = update_one_protocol},
    {.method = Method::del,
     .path = "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}",
     .policy = admin_policy("identity:delete_protocol"),
     .success = 204,
     .summary = "Delete a protocol and the users that came by it alone.",
     .handle = remove_protocol},
};

}  // namespace

api::EndpointTable identity_provider_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

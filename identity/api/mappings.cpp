// Mappings: the rules by which attributes of another place become users, groups and projects here.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/federation/mapping.hpp"
#include "identity/model/federation_rules.hpp"

namespace cumulet::identity {
namespace {

json view(const Call& call, const Mapping& mapping) {
    json shown{{"id", mapping.id},
               {"rules", mapping.rules},
               {"links", {{"self", link_to(call, "OS-FEDERATION/mappings", mapping.id)}}}};
    if (!mapping.schema_version.empty()) shown["schema_version"] = mapping.schema_version;
    return shown;
}

void take(Mapping& mapping, const json& body) {
    mapping.rules = body["rules"];
    mapping.schema_version = text_or(body, "schema_version", mapping.schema_version);
    if (auto problem = federation::problem_of_rules(mapping.rules, federation::rule_version(mapping.schema_version)))
        throw Fault(Errc::bad_request, "{}", *problem);
}

Reply list(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& mapping : txn.scan<Mapping>({})) items.push_back(view(call, mapping));
    return list_reply(call, "mappings", std::move(items));
}

Reply create(Call& call, Transaction& txn) {
    Mapping mapping{.id = call.path("mapping_id")};
    take(mapping, call.body()["mapping"]);
    if (txn.get<Mapping>(mapping.id)) throw conflict("mapping", "Duplicate entry found with ID " + mapping.id);
    txn.put(mapping, "created");
    return Reply::created({{"mapping", view(call, mapping)}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"mapping", view(call, require_mapping(txn, call.path("mapping_id")))}});
}

Reply update(Call& call, Transaction& txn) {
    auto mapping = require_mapping(txn, call.path("mapping_id"));
    take(mapping, call.body()["mapping"]);
    txn.put(mapping, "updated");
    return Reply::ok({{"mapping", view(call, mapping)}});
}

Reply remove(Call& call, Transaction& txn) {
    txn.erase(require_mapping(txn, call.path("mapping_id")), "deleted");
    return Reply::no_content();
}

constexpr Schema kMapping{R"({"type": "object", "required": ["mapping"], "properties": {"mapping": {"type": "object",
    "required": ["rules"], "properties": {
        "rules": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "object",
            "required": ["local", "remote"], "additionalProperties": false, "properties": {
            "local": {"type": "array", "items": {"type": "object", "additionalProperties": false, "properties": {
                "user": {"type": "object", "additionalProperties": false, "properties": {
                    "id": {"type": "string"}, "name": {"type": "string"}, "email": {"type": "string"},
                    "domain": {"$ref": "#/definitions/domain"},
                    "type": {"type": "string", "enum": ["ephemeral", "local"]}}},
                "projects": {"type": "array", "items": {"type": "object", "required": ["name", "roles"],
                    "additionalProperties": false, "properties": {"name": {"type": "string"}, "domain": {"$ref": "#/definitions/domain"},
                    "roles": {"type": "array", "items": {"type": "object", "required": ["name"],
                        "additionalProperties": false, "properties": {"name": {"type": "string"}}}}}}},
                "group": {"type": "object", "oneOf": [
                    {"required": ["id"], "additionalProperties": false, "properties": {"id": {"type": "string"}}},
                    {"required": ["name", "domain"], "additionalProperties": false, "properties":
                        {"name": {"type": "string"}, "domain": {"$ref": "#/definitions/domain"}}}]},
                "groups": {"type": "string"}, "group_ids": {"type": "string"}, "projects_json": {"type": "string"},
                "domain": {"$ref": "#/definitions/domain"}}}},
            "remote": {"type": "array", "minItems": 1, "items": {"type": "object", "oneOf": [
                {"required": ["type"], "additionalProperties": false, "properties": {"type": {"type": "string"}}},
                {"required": ["type", "any_one_of"], "additionalProperties": false, "properties":
                    {"type": {"type": "string"}, "regex": {"type": "boolean"}, "any_one_of": {"type": "array"}}},
                {"required": ["type", "not_any_of"], "additionalProperties": false, "properties":
                    {"type": {"type": "string"}, "regex": {"type": "boolean"}, "not_any_of": {"type": "array"}}},
                {"required": ["type", "blacklist"], "additionalProperties": false, "properties":
                    {"type": {"type": "string"}, "regex": {"type": "boolean"}, "blacklist": {"type": "array"}}},
                {"required": ["type", "whitelist"], "additionalProperties": false, "properties":
                    {"type": {"type": "string"}, "regex": {"type": "boolean"}, "whitelist": {"type": "array"}}}]}}}}},
        "schema_version": {"type": "string", "enum": ["1.0", "2.0", "3.0"]}}}},
    "definitions": {"domain": {"type": "object", "additionalProperties": false, "properties":
        {"id": {"type": "string"}, "name": {"type": "string"}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/mappings",
     .policy = reader_policy("identity:list_mappings"),
     .summary = "List mappings.",
     .handle = list},
    {.method = Method::put,
     .path = "/v3/OS-FEDERATION/mappings/{mapping_id}",
     .policy = admin_policy("identity:create_mapping"),
     .body = kMapping,
     .success = 201,
     .summary = "Store a mapping.",
     .handle = create,
     .heavy = true},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/mappings/{mapping_id}",
     .policy = reader_policy("identity:get_mapping"),
     .summary = "Show a mapping.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/OS-FEDERATION/mappings/{mapping_id}",
     .policy = admin_policy("identity:update_mapping"),
     .body = kMapping,
     .summary = "Change a mapping.",
     .handle = update,
     .heavy = true},
    {.method = Method::del,
     .path = "/v3/OS-FEDERATION/mappings/{mapping_id}",
     .policy = admin_policy("identity:delete_mapping"),
     .success = 204,
     .summary = "Delete a mapping.",
     .handle = remove},
};

}  // namespace

api::EndpointTable mapping_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

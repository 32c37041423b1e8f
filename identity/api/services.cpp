// Services and their endpoints: the catalog as operators keep it.
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/catalog_document.hpp"
#include "identity/model/catalog_rules.hpp"
#include "identity/model/endpoint_filter_rules.hpp"
#include "identity/model/endpoint_policy_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kServiceKnown = {"type", "name", "description", "enabled"};
constexpr std::initializer_list<std::string_view> kEndpointKnown = {"interface", "service_id", "region_id",
                                                                    "region",    "url",        "enabled"};

Reply list_services(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& service : txn.scan<ServiceEntry>({})) items.push_back(service_view(call, service));
    return list_reply(call, "services", filtered(call, std::move(items), {"type", "name"}));
}

void take_service(ServiceEntry& service, const json& body) {
    service.type = text_or(body, "type", service.type);
    service.enabled = bool_or(body, "enabled", service.enabled);
    if (body.contains("name")) {
        service.name = text_or(body, "name", "");
        service.has_name = true;
    }
    if (body.contains("description")) {
        service.description = text_or(body, "description", "");
        service.has_description = true;
    }
    set_extra_members(service.extra, body, kServiceKnown);
}

Reply create_service(Call& call, Transaction& txn) {
    ServiceEntry service;
    service.id = call.random().hex_uuid();
    take_service(service, call.body()["service"]);
    txn.put(service, "created");
    return Reply::created({{"service", service_view(call, service)}});
}

Reply show_service(Call& call, Transaction& txn) {
    return Reply::ok({{"service", service_view(call, require_service(txn, call.path("service_id")))}});
}

Reply update_service(Call& call, Transaction& txn) {
    auto service = require_service(txn, call.path("service_id"));
    take_service(service, call.body()["service"]);
    txn.put(service, "updated");
    return Reply::ok({{"service", service_view(call, service)}});
}

Reply remove_service(Call& call, Transaction& txn) {
    delete_service(txn, require_service(txn, call.path("service_id")));
    return Reply::no_content();
}

Reply list_endpoints(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& endpoint : txn.scan<EndpointEntry>({})) items.push_back(endpoint_view(call, endpoint));
    return list_reply(call, "endpoints",
                      filtered(call, std::move(items), {"interface", "service_id", "region_id", "region"}));
}

void take_endpoint(EndpointEntry& endpoint, const json& body) {
    endpoint.interface = text_or(body, "interface", endpoint.interface);
    endpoint.service_id = text_or(body, "service_id", endpoint.service_id);
    endpoint.url = text_or(body, "url", endpoint.url);
    endpoint.enabled = bool_or(body, "enabled", endpoint.enabled);
    for (const char* name : {"region", "region_id"})
        if (body.contains(name)) endpoint.region_id = text_or(body, name, "");
    set_extra_members(endpoint.extra, body, kEndpointKnown);
    if (!is_valid_url_template(endpoint.url))
        throw Fault(Errc::bad_request, "Cannot create an endpoint with an invalid URL: {}.", endpoint.url);
}

Reply create_endpoint(Call& call, Transaction& txn) {
    EndpointEntry endpoint;
    endpoint.id = call.random().hex_uuid();
    take_endpoint(endpoint, call.body()["endpoint"]);
    put_endpoint(txn, endpoint, "created");
    return Reply::created({{"endpoint", endpoint_view(call, endpoint)}});
}

Reply show_endpoint(Call& call, Transaction& txn) {
    return Reply::ok({{"endpoint", endpoint_view(call, require_endpoint(txn, call.path("endpoint_id")))}});
}

Reply update_endpoint(Call& call, Transaction& txn) {
    auto endpoint = require_endpoint(txn, call.path("endpoint_id"));
    take_endpoint(endpoint, call.body()["endpoint"]);
    put_endpoint(txn, endpoint, "updated");
    return Reply::ok({{"endpoint", endpoint_view(call, endpoint)}});
}

Reply remove_endpoint(Call& call, Transaction& txn) {
    const auto endpoint = require_endpoint(txn, call.path("endpoint_id"));
    remove_links_of_endpoint(txn, endpoint.id);
    remove_associations_of_endpoint(txn, endpoint.id);
    txn.erase(endpoint, "deleted");
    return Reply::no_content();
}

constexpr std::string_view kServiceMember = "service";
constexpr std::string_view kServiceProperties =
    R"("type": {"type": "string", "minLength": 1, "maxLength": 255}, "name": {"type": ["string", "null"], "maxLength": 255},
    "description": {"type": ["string", "null"]}, "enabled": {"type": "boolean"})";
constexpr std::string_view kServiceDemandsOfNew = R"("required": ["type"])";
constexpr Schema kCreateService = body_of<kServiceMember, kServiceDemandsOfNew, kServiceProperties>;
constexpr Schema kUpdateService = body_of<kServiceMember, kAnything, kServiceProperties>;
constexpr Schema kCreateEndpoint{
    R"({"type": "object", "required": ["endpoint"], "properties": {"endpoint": {"type": "object",
    "required": ["interface", "service_id", "url"], "properties": {"interface": {"type": "string", "enum": ["admin", "internal", "public"]},
        "service_id": {"type": "string", "minLength": 1, "maxLength": 64}, "region_id": {"type": ["string", "null"], "maxLength": 255},
        "region": {"type": ["string", "null"], "maxLength": 255}, "url": {"type": "string", "minLength": 1, "maxLength": 2048},
        "enabled": {"type": "boolean"}, "name": {"type": "string"}, "description": {"type": ["string", "null"]}}}}})"};
constexpr Schema kUpdateEndpoint{
    R"({"type": "object", "required": ["endpoint"], "properties": {"endpoint": {"type": "object", "minProperties": 1,
    "properties": {"interface": {"type": "string", "enum": ["admin", "internal", "public"]},
        "service_id": {"type": "string", "minLength": 1, "maxLength": 64}, "region_id": {"type": ["string", "null"], "maxLength": 255},
        "region": {"type": ["string", "null"], "maxLength": 255}, "url": {"type": "string", "minLength": 1, "maxLength": 2048},
        "enabled": {"type": "boolean"}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/services",
     .policy = reader_policy("identity:list_services"),
     .summary = "List services.",
     .handle = list_services},
    {.method = Method::post,
     .path = "/v3/services",
     .policy = admin_policy("identity:create_service"),
     .body = kCreateService,
     .success = 201,
     .summary = "Create a service.",
     .handle = create_service},
    {.method = Method::get,
     .path = "/v3/services/{service_id}",
     .policy = reader_policy("identity:get_service"),
     .summary = "Show a service.",
     .handle = show_service},
    {.method = Method::patch,
     .path = "/v3/services/{service_id}",
     .policy = admin_policy("identity:update_service"),
     .body = kUpdateService,
     .summary = "Change a service.",
     .handle = update_service},
    {.method = Method::del,
     .path = "/v3/services/{service_id}",
     .policy = admin_policy("identity:delete_service"),
     .success = 204,
     .summary = "Delete a service and its endpoints.",
     .handle = remove_service},
    {.method = Method::get,
     .path = "/v3/endpoints",
     .policy = reader_policy("identity:list_endpoints"),
     .summary = "List endpoints.",
     .handle = list_endpoints},
    {.method = Method::post,
     .path = "/v3/endpoints",
     .policy = admin_policy("identity:create_endpoint"),
     .body = kCreateEndpoint,
     .success = 201,
     .summary = "Create an endpoint.",
     .handle = create_endpoint},
    {.method = Method::get,
     .path = "/v3/endpoints/{endpoint_id}",
     .policy = reader_policy("identity:get_endpoint"),
     .summary = "Show an endpoint.",
     .handle = show_endpoint},
    {.method = Method::patch,
     .path = "/v3/endpoints/{endpoint_id}",
     .policy = admin_policy("identity:update_endpoint"),
     .body = kUpdateEndpoint,
     .summary = "Change an endpoint.",
     .handle = update_endpoint},
    {.method = Method::del,
     .path = "/v3/endpoints/{endpoint_id}",
     .policy = admin_policy("identity:delete_endpoint"),
     .success = 204,
     .summary = "Delete an endpoint.",
     .handle = remove_endpoint},
};

}  // namespace

api::EndpointTable service_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

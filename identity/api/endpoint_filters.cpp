// Which endpoints a project sees in its catalog.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/catalog_rules.hpp"
#include "identity/model/endpoint_filter_rules.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {
namespace {

json view(const Call& call, const EndpointGroup& group) {
    return {{"id", group.id},
            {"name", group.name},
            {"description", group.description.empty() ? json(nullptr) : json(group.description)},
            {"filters", group.filters},
            {"links", {{"self", link_to(call, "OS-EP-FILTER/endpoint_groups", group.id)}}}};
}

EndpointGroup group_of(Call& call, Transaction& txn) {
    return require_endpoint_group(txn, call.path("endpoint_group_id"));
}

void take(EndpointGroup& group, const json& body) {
    group.name = text_or(body, "name", group.name);
    if (body.contains("description")) group.description = text_or(body, "description", "");
    if (body.contains("filters")) group.filters = body["filters"];
}

Reply list(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& group : txn.scan<EndpointGroup>({})) items.push_back(view(call, group));
    return list_reply(call, "endpoint_groups", filtered(call, std::move(items), {"name"}));
}

Reply create(Call& call, Transaction& txn) {
    EndpointGroup group;
    group.id = call.random().hex_uuid();
    take(group, call.body()["endpoint_group"]);
    put_endpoint_group(txn, group, "created");
    return Reply::created({{"endpoint_group", view(call, group)}});
}

Reply show(Call& call, Transaction& txn) { return Reply::ok({{"endpoint_group", view(call, group_of(call, txn))}}); }

Reply update(Call& call, Transaction& txn) {
    auto group = group_of(call, txn);
    take(group, call.body()["endpoint_group"]);
    put_endpoint_group(txn, group, "updated");
    return Reply::ok({{"endpoint_group", view(call, group)}});
}

Reply remove(Call& call, Transaction& txn) {
    delete_endpoint_group(txn, group_of(call, txn));
    return Reply::no_content();
}

Reply list_endpoints_in_group(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& endpoint : endpoints_in(txn, group_of(call, txn))) items.push_back(endpoint_view(call, endpoint));
    return list_reply(call, "endpoints", std::move(items));
}

Reply list_projects_of_group(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& link : txn.scan<ProjectEndpointGroup>({.index = "group"}, group_of(call, txn).id))
        if (auto project = txn.get<Project>(link.project_id)) items.push_back(project_view(call, *project));
    return list_reply(call, "projects", std::move(items));
}

Reply add_group(Call& call, Transaction& txn) {
    txn.put(ProjectEndpointGroup{require_project(txn, call.path("project_id")).id, group_of(call, txn).id}, "tied");
    return Reply::no_content();
}

ProjectEndpointGroup group_link(Call& call, Transaction& txn) {
    auto link = txn.get<ProjectEndpointGroup>(require_project(txn, call.path("project_id")).id, group_of(call, txn).id);
    if (!link) throw Fault(Errc::not_found, "Endpoint Group Project Association not found");
    return *link;
}

Reply show_group_in_project(Call& call, Transaction& txn) {
    const auto link = group_link(call, txn);
    return Reply::ok({{"project_endpoint_group",
                       {{"project_id", link.project_id},
                        {"endpoint_group_id", link.endpoint_group_id},
                        {"links",
                         {{"self", fmt::format("{}/v3/OS-EP-FILTER/endpoint_groups/{}/projects/{}", call.base_url(),
                                               link.endpoint_group_id, link.project_id)}}}}}});
}

Reply remove_group(Call& call, Transaction& txn) {
    txn.erase(group_link(call, txn), "untied");
    return Reply::no_content();
}

Reply list_groups_of_project(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& link : txn.scan<ProjectEndpointGroup>({}, require_project(txn, call.path("project_id")).id))
        if (auto group = txn.get<EndpointGroup>(link.endpoint_group_id)) items.push_back(view(call, *group));
    return list_reply(call, "endpoint_groups", std::move(items));
}

Reply list_endpoints_of_project(Call& call, Transaction& txn) {
    json items = json::array();
    if (auto ids = endpoints_of_project(txn, require_project(txn, call.path("project_id")).id))
        for (const auto& id : *ids)
            if (auto endpoint = txn.get<EndpointEntry>(id)) items.push_back(endpoint_view(call, *endpoint));
    return list_reply(call, "endpoints", std::move(items));
}

Reply list_projects_of_endpoint(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& link :
         txn.scan<ProjectEndpoint>({.index = "endpoint"}, require_endpoint(txn, call.path("endpoint_id")).id))
        if (auto project = txn.get<Project>(link.project_id)) items.push_back(project_view(call, *project));
    return list_reply(call, "projects", std::move(items));
}

Reply add_endpoint(Call& call, Transaction& txn) {
    txn.put(ProjectEndpoint{require_project(txn, call.path("project_id")).id,
                            require_endpoint(txn, call.path("endpoint_id")).id},
            "tied");
    return Reply::no_content();
}

ProjectEndpoint endpoint_link(Call& call, Transaction& txn) {
    auto link = txn.get<ProjectEndpoint>(require_project(txn, call.path("project_id")).id,
                                         require_endpoint(txn, call.path("endpoint_id")).id);
    if (!link)
        throw Fault(Errc::not_found, "Endpoint {} not found in project {}", call.path("endpoint_id"),
                    call.path("project_id"));
    return *link;
}

Reply check_endpoint(Call& call, Transaction& txn) {
    endpoint_link(call, txn);
    return Reply::no_content();
}

Reply remove_endpoint(Call& call, Transaction& txn) {
    txn.erase(endpoint_link(call, txn), "untied");
    return Reply::no_content();
}

constexpr Schema kCreate{
    R"({"type": "object", "required": ["endpoint_group"], "properties": {"endpoint_group": {"type": "object",
    "required": ["name", "filters"], "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": {"type": ["string", "null"]}, "filters": {"type": "object", "minProperties": 1}}}}})"};
constexpr Schema kUpdate{
    R"({"type": "object", "required": ["endpoint_group"], "properties": {"endpoint_group": {"type": "object", "minProperties": 1,
    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 255}, "description": {"type": ["string", "null"]},
        "filters": {"type": "object"}}}}})"};

constexpr std::string_view kGroups = "/v3/OS-EP-FILTER/endpoint_groups";
constexpr std::string_view kGroup = "/v3/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}";
constexpr std::string_view kGroupProject = "/v3/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects/{project_id}";
constexpr std::string_view kProjectEndpoint = "/v3/OS-EP-FILTER/projects/{project_id}/endpoints/{endpoint_id}";

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = kGroups,
     .policy = reader_policy("identity:list_endpoint_groups"),
     .summary = "List endpoint groups.",
     .handle = list},
    {.method = Method::post,
     .path = kGroups,
     .policy = admin_policy("identity:create_endpoint_group"),
     .body = kCreate,
     .success = 201,
     .summary = "Create an endpoint group.",
     .handle = create},
    {.method = Method::get,
     .path = kGroup,
     .policy = reader_policy("identity:get_endpoint_group"),
     .summary = "Show an endpoint group.",
     .handle = show},
    {.method = Method::patch,
     .path = kGroup,
     .policy = admin_policy("identity:update_endpoint_group"),
     .body = kUpdate,
     .summary = "Change an endpoint group.",
     .handle = update},
    {.method = Method::del,
     .path = kGroup,
     .policy = admin_policy("identity:delete_endpoint_group"),
     .success = 204,
     .summary = "Delete an endpoint group.",
     .handle = remove},
    {.method = Method::get,
     .path = "/v3/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/endpoints",
     .policy = reader_policy("identity:list_endpoints_associated_with_endpoint_group"),
     .summary = "List the endpoints in a group.",
     .handle = list_endpoints_in_group},
    {.method = Method::get,
     .path = "/v3/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects",
     .policy = reader_policy("identity:list_projects_associated_with_endpoint_group"),
     .summary = "List the projects tied to a group.",
     .handle = list_projects_of_group},
    {.method = Method::put,
     .path = kGroupProject,
     .policy = admin_policy("identity:add_endpoint_group_to_project"),
     .body = api::kNoBody,
     .success = 204,
     .summary = "Tie an endpoint group to a project.",
     .handle = add_group},
    {.method = Method::get,
     .path = kGroupProject,
     .policy = reader_policy("identity:get_endpoint_group_in_project"),
     .summary = "Check that an endpoint group is tied to a project.",
     .handle = show_group_in_project},
    {.method = Method::del,
     .path = kGroupProject,
     .policy = admin_policy("identity:remove_endpoint_group_from_project"),
     .success = 204,
     .summary = "Untie an endpoint group from a project.",
     .handle = remove_group},
    {.method = Method::get,
     .path = "/v3/OS-EP-FILTER/projects/{project_id}/endpoint_groups",
     .policy = reader_policy("identity:list_endpoint_groups_for_project"),
     .summary = "List the endpoint groups tied to a project.",
     .handle = list_groups_of_project},
    {.method = Method::get,
     .path = "/v3/OS-EP-FILTER/projects/{project_id}/endpoints",
     .policy = reader_policy("identity:list_endpoints_for_project"),
     .summary = "List the endpoints tied to a project.",
     .handle = list_endpoints_of_project},
    {.method = Method::get,
     .path = "/v3/OS-EP-FILTER/endpoints/{endpoint_id}/projects",
     .policy = reader_policy("identity:list_projects_for_endpoint"),
     .summary = "List the projects tied to an endpoint.",
     .handle = list_projects_of_endpoint},
    {.method = Method::put,
     .path = kProjectEndpoint,
     .policy = admin_policy("identity:add_endpoint_to_project"),
     .body = api::kNoBody,
     .success = 204,
     .summary = "Tie an endpoint to a project.",
     .handle = add_endpoint},
    {.method = Method::get,
     .path = kProjectEndpoint,
     .policy = reader_policy("identity:check_endpoint_in_project"),
     .success = 204,
     .summary = "Check that an endpoint is tied to a project.",
     .handle = check_endpoint},
    {.method = Method::del,
     .path = kProjectEndpoint,
     .policy = admin_policy("identity:remove_endpoint_from_project"),
     .success = 204,
     .summary = "Untie an endpoint from a project.",
     .handle = remove_endpoint},
};

}  // namespace

api::EndpointTable endpoint_filter_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

// Versions, schemas, and what an installation offers.
#include <array>

#include "compute/images/api.hpp"
#include "compute/images/policies.hpp"
#include "compute/images/view.hpp"

namespace cumulet::compute::images {
namespace {

using nlohmann::json;

constexpr std::array kVersions{"v2.15", "v2.13", "v2.12", "v2.11", "v2.10", "v2.9", "v2.8", "v2.7",
                               "v2.6",  "v2.5",  "v2.4",  "v2.3",  "v2.2",  "v2.1", "v2.0"};

json versions(const api::Call& call) {
    json list = json::array();
    for (const char* version : kVersions)
        list.push_back({{"id", version},
                        {"status", list.empty() ? "CURRENT" : "SUPPORTED"},
                        {"links", json::array({{{"rel", "self"}, {"href", call.base_url() + "/v2/"}}})}});
    return {{"versions", list}};
}

api::Reply root(api::Call& call, store::Transaction&) { return api::Reply::json(300, versions(call)); }
api::Reply list_versions(api::Call& call, store::Transaction&) { return api::Reply::ok(versions(call)); }
api::Reply schema_image(api::Call&, store::Transaction&) { return api::Reply::ok(image_schema()); }
api::Reply schema_images(api::Call&, store::Transaction&) { return api::Reply::ok(images_schema()); }
api::Reply schema_member(api::Call&, store::Transaction&) { return api::Reply::ok(member_schema()); }
api::Reply schema_members(api::Call&, store::Transaction&) { return api::Reply::ok(members_schema()); }

api::Reply import_info(api::Call&, store::Transaction&) {
    return api::Reply::ok(
        {{"import-methods",
          {{"description", "Import methods available."}, {"type", "array"}, {"value", {"glance-direct"}}}}});
}

api::Reply stores(api::Call&, store::Transaction&) {
    return api::Reply::ok(
        {{"stores", json::array({{{"id", "file"}, {"default", "true"}, {"description", "Files of this cloud."}}})}});
}

api::Reply usage(api::Call&, store::Transaction&) { return api::Reply::ok({{"usage", json::object()}}); }

api::Reply tasks(api::Call&, store::Transaction&) {
    return api::Reply::ok({{"tasks", json::array()}, {"first", "/v2/tasks"}, {"schema", "/v2/schemas/tasks"}});
}

api::Reply namespaces(api::Call&, store::Transaction&) {
    return api::Reply::ok({{"namespaces", json::array()},
                           {"first", "/v2/metadefs/namespaces"},
                           {"schema", "/v2/schemas/metadefs/namespaces"}});
}

api::Reply resource_types(api::Call&, store::Transaction&) {
    return api::Reply::ok({{"resource_types", json::array()}, {"schema", "/v2/schemas/metadefs/resource_types"}});
}

// glanceclient and Horizon ask for the forms of metadata definitions before they list any.
struct DefinitionForm {
    const char* singular;
    const char* plural;
    const char* title;    // the document's name
    const char* members;  // what one of the plural is listed under
};
constexpr std::array<DefinitionForm, 5> kForms{
    {{"namespace", "namespaces", "namespace", "namespaces"},
     {"object", "objects", "object", "objects"},
     {"property", "properties", "property", "properties"},
     {"resource_type", "resource_types", "resource_type_association", "resource_type_associations"},
     {"tag", "tags", "tag", "tags"}}};

json definition_schema(const DefinitionForm& form) {
    json properties = json::object();
    for (const char* member : {"name", "created_at", "updated_at", "self", "schema"})
        properties[member] = {{"type", "string"}};
    if (std::string_view(form.singular) == "namespace")
        for (const char* member : {"namespace", "display_name", "description", "visibility", "owner"})
            properties[member] = {{"type", "string"}};
    return {{"name", form.title}, {"properties", std::move(properties)}, {"additionalProperties", true}};
}

json definitions_schema(const DefinitionForm& form) {
    return {{"name", form.members},
            {"properties",
             {{form.members, {{"type", "array"}, {"items", definition_schema(form)}}},
              {"first", {{"type", "string"}}},
              {"next", {{"type", "string"}}},
              {"schema", {{"type", "string"}}}}}};
}

api::Reply schema_definition(api::Call& call, store::Transaction&) {
    for (const auto& form : kForms) {
        if (call.path("form") == form.singular) return api::Reply::ok(definition_schema(form));
        if (call.path("form") == form.plural) return api::Reply::ok(definitions_schema(form));
    }
    throw api::Fault::general(api::Errc::not_found);
}

constexpr auto kGet = http::Method::get;
constexpr auto kOpen = api::Policy::open();
constexpr auto kAnybody = api::Policy::any_token();

constexpr api::Endpoint kTable[] = {
    {.method = kGet,
     .path = "/",
     .policy = kOpen,
     .success = 300,
     .summary = "List the versions of the image API.",
     .handle = root},
    {.method = kGet,
     .path = "/v2",
     .policy = kOpen,
     .success = 300,
     .summary = "The same under the version's own path.",
     .handle = root},
    {.method = kGet,
     .path = "/versions",
     .policy = kOpen,
     .summary = "List the versions of the image API.",
     .handle = list_versions},
    {.method = kGet,
     .path = "/v2/schemas/image",
     .policy = kAnybody,
     .summary = "The form of an image.",
     .handle = schema_image},
    {.method = kGet,
     .path = "/v2/schemas/images",
     .policy = kAnybody,
     .summary = "The form of a list of images.",
     .handle = schema_images},
    {.method = kGet,
     .path = "/v2/schemas/member",
     .policy = kAnybody,
     .summary = "The form of a member.",
     .handle = schema_member},
    {.method = kGet,
     .path = "/v2/schemas/members",
     .policy = kAnybody,
     .summary = "The form of a list of members.",
     .handle = schema_members},
    {.method = kGet,
     .path = "/v2/info/import",
     .policy = kAnybody,
     .summary = "List the ways to import images.",
     .handle = import_info},
    {.method = kGet,
     .path = "/v2/info/stores",
     .policy = kAnybody,
     .summary = "List the stores of image data.",
     .handle = stores},
    {.method = kGet,
     .path = "/v2/info/usage",
     .policy = kAnybody,
     .summary = "Show quotas of images: there are none.",
     .handle = usage},
    {.method = kGet,
     .path = "/v2/tasks",
     .policy = kTasksApi,
     .summary = "List tasks: nothing here runs as one.",
     .handle = tasks},
    {.method = kGet,
     .path = "/v2/schemas/metadefs/{form}",
     .policy = kAnybody,
     .summary = "The form of a metadata definition, or of a list of them.",
     .handle = schema_definition},
    {.method = kGet,
     .path = "/v2/metadefs/namespaces",
     .policy = kGetMetadefs,
     .summary = "List metadata definitions: none are kept.",
     .handle = namespaces},
    {.method = kGet,
     .path = "/v2/metadefs/resource_types",
     .policy = kGetResourceTypes,
     .summary = "List resource types of metadata definitions: none are kept.",
     .handle = resource_types},
};

}  // namespace

api::EndpointTable discovery_endpoints() { return kTable; }

}  // namespace cumulet::compute::images

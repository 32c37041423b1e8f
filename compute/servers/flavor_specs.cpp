// What hangs on a flavor: extra specs, and which projects may use it when it is not public.
#include "compute/model/flavor.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/flavor_view.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kSpecs{R"({
  "type": "object", "required": ["extra_specs"], "additionalProperties": false,
  "properties": {"extra_specs": {"type": "object", "additionalProperties": false,
    "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": ["string", "number"], "maxLength": 255}}}}
})"};
constexpr api::Schema kOneSpec{R"({
  "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
  "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": ["string", "number"], "maxLength": 255}}
})"};
constexpr api::Schema kAddAccess{R"({
  "type": "object", "required": ["addTenantAccess"], "additionalProperties": false,
  "properties": {"addTenantAccess": {"type": "object", "required": ["tenant"], "additionalProperties": false,
    "properties": {"tenant": {"type": "string", "minLength": 1, "maxLength": 255}}}}
})"};
constexpr api::Schema kRemoveAccess{R"({
  "type": "object", "required": ["removeTenantAccess"], "additionalProperties": false,
  "properties": {"removeTenantAccess": {"type": "object", "required": ["tenant"], "additionalProperties": false,
    "properties": {"tenant": {"type": "string", "minLength": 1, "maxLength": 255}}}}
})"};

std::string spec_text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Reply list_specs(Call& call, Transaction& txn) {
    return Reply::ok({{"extra_specs", find_flavor(txn, call, call.path("flavor_id")).extra_specs}});
}

Reply create_specs(Call& call, Transaction& txn) {
    auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    for (const auto& [key, value] : call.body()["extra_specs"].items()) flavor.extra_specs[key] = spec_text(value);
    txn.put(flavor, "specs_set");
    return Reply::ok({{"extra_specs", call.body()["extra_specs"]}});
}

const std::string& spec_of(const Flavor& flavor, const std::string& key) {
    auto found = flavor.extra_specs.find(key);
    if (found == flavor.extra_specs.end())
        throw Fault(Errc::not_found, "Flavor {} has no extra specs with key {}.", flavor.id, key);
    return found->second;
}

Reply show_spec(Call& call, Transaction& txn) {
    const auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    const auto& key = call.path("key");
    return Reply::ok({{key, spec_of(flavor, key)}});
}

Reply update_spec(Call& call, Transaction& txn) {
    auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    const auto& key = call.path("key");
    if (!call.body().contains(key)) throw Fault(Errc::bad_request, "Request body and URI mismatch");
    flavor.extra_specs[key] = spec_text(call.body()[key]);
    txn.put(flavor, "specs_set");
    return Reply::ok({{key, flavor.extra_specs[key]}});
}

Reply delete_spec(Call& call, Transaction& txn) {
    auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    spec_of(flavor, call.path("key"));
    flavor.extra_specs.erase(call.path("key"));
    txn.put(flavor, "specs_removed");
    return Reply::empty(200);
}

json access_json(const Flavor& flavor) {
    json list = json::array();
    for (const auto& project : flavor.projects) list.push_back({{"flavor_id", flavor.id}, {"tenant_id", project}});
    return {{"flavor_access", list}};
}

Reply list_access(Call& call, Transaction& txn) {
    const auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    if (flavor.is_public) throw Fault(Errc::not_found, "Access list not available for public flavors.");
    return Reply::ok(access_json(flavor));
}

Reply add_access(Call& call, Transaction& txn) {
    auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    const std::string project = call.body()["addTenantAccess"]["tenant"];
    if (flavor.is_public) throw Fault(Errc::conflict, "Can not add access to a public flavor.");
    if (std::find(flavor.projects.begin(), flavor.projects.end(), project) != flavor.projects.end())
        throw Fault(Errc::conflict, "Flavor access already exists for flavor {} and project {} combination.", flavor.id,
                    project);
    flavor.projects.push_back(project);
    txn.put(flavor, "access_given");
    return Reply::ok(access_json(flavor));
}

Reply remove_access(Call& call, Transaction& txn) {
    auto flavor = find_flavor(txn, call, call.path("flavor_id"));
    const std::string project = call.body()["removeTenantAccess"]["tenant"];
    auto found = std::find(flavor.projects.begin(), flavor.projects.end(), project);
    if (found == flavor.projects.end())
        throw Fault(Errc::not_found, "Flavor access not found for {} / {} combination.", flavor.id, project);
    flavor.projects.erase(found);
    txn.put(flavor, "access_taken");
    return Reply::ok(access_json(flavor));
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/flavors/{flavor_id}/os-extra_specs",
     .policy = {"os_compute_api:os-flavor-extra-specs:index", "@"},
     .summary = "List a flavor's extra specs.",
     .handle = list_specs},
    {.method = http::Method::post,
     .path = "/v2.1/flavors/{flavor_id}/os-extra_specs",
     .policy = {"os_compute_api:os-flavor-extra-specs:create", kAdmin},
     .body = kSpecs,
     .summary = "Add or replace extra specs.",
     .handle = create_specs},
    {.method = http::Method::get,
     .path = "/v2.1/flavors/{flavor_id}/os-extra_specs/{key}",
     .policy = {"os_compute_api:os-flavor-extra-specs:show", "@"},
     .summary = "Show one extra spec.",
     .handle = show_spec},
    {.method = http::Method::put,
     .path = "/v2.1/flavors/{flavor_id}/os-extra_specs/{key}",
     .policy = {"os_compute_api:os-flavor-extra-specs:update", kAdmin},
     .body = kOneSpec,
     .summary = "Replace one extra spec.",
     .handle = update_spec},
    {.method = http::Method::del,
     .path = "/v2.1/flavors/{flavor_id}/os-extra_specs/{key}",
     .policy = {"os_compute_api:os-flavor-extra-specs:delete", kAdmin},
     .summary = "Remove one extra spec.",
     .handle = delete_spec},
    {.method = http::Method::get,
     .path = "/v2.1/flavors/{flavor_id}/os-flavor-access",
     .policy = {"os_compute_api:os-flavor-access", kAdmin},
     .summary = "List the projects that may use a private flavor.",
     .handle = list_access},
    {.method = http::Method::post,
     .path = "/v2.1/flavors/{flavor_id}/action",
     .action = "addTenantAccess",
     .policy = {"os_compute_api:os-flavor-access:add_tenant_access", kAdmin},
     .body = kAddAccess,
     .summary = "Let a project use a private flavor.",
     .handle = add_access},
    {.method = http::Method::post,
     .path = "/v2.1/flavors/{flavor_id}/action",
     .action = "removeTenantAccess",
     .policy = {"os_compute_api:os-flavor-access:remove_tenant_access", kAdmin},
     .body = kRemoveAccess,
     .summary = "Take a private flavor from a project.",
     .handle = remove_access},
};

}  // namespace

api::EndpointTable flavor_spec_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

// Servers: create, list, show, change, delete.
#include "compute/converge/tasks.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/choices.hpp"
#include "compute/servers/create.hpp"
#include "compute/servers/links.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"
#include "compute/servers/server_list.hpp"
#include "compute/servers/server_view.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kCreate{R"({
  "type": "object", "required": ["server"], "additionalProperties": false,
  "properties": {
    "os:scheduler_hints": {"type": "object"}, "OS-SCH-HNT:scheduler_hints": {"type": "object"},
    "server": {
    "type": "object", "required": ["name", "flavorRef"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
      "description": {"type": ["string", "null"], "minLength": 0, "maxLength": 255, "x-since": "2.19"},
      "imageRef": {"type": "string", "maxLength": 2048},
      "flavorRef": {"type": ["string", "integer"], "minLength": 1, "maxLength": 2048},
      "adminPass": {"type": "string", "maxLength": 255},
      "metadata": {"type": "object", "additionalProperties": false,
        "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}}},
      "networks": {"anyOf": [
        {"type": "array", "maxItems": 64, "items": {"type": "object", "additionalProperties": false, "properties": {
          "uuid": {"type": "string"}, "port": {"type": ["string", "null"]}, "fixed_ip": {"type": "string", "maxLength": 45},
          "tag": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"}}}},
        {"type": "string", "enum": ["none", "auto"]}]},
      "OS-DCF:diskConfig": {"type": "string", "enum": ["AUTO", "MANUAL"]},
      "accessIPv4": {"type": ["string", "null"], "format": "ipv4"}, "accessIPv6": {"type": ["string", "null"], "format": "ipv6"},
      "key_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
      "user_data": {"type": ["string", "null"], "maxLength": 65535},
      "config_drive": {"type": ["boolean", "string", "null"], "maxLength": 255},
      "availability_zone": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
      "host": {"type": "string", "minLength": 1, "maxLength": 255, "x-since": "2.74"},
      "hypervisor_hostname": {"type": "string", "minLength": 1, "maxLength": 255, "x-since": "2.74"},
      "hostname": {"type": "string", "minLength": 2, "maxLength": 63, "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$", "x-since": "2.90"},
      "min_count": {"type": ["integer", "string"], "pattern": "^[1-9][0-9]{0,5}$", "minimum": 1, "maximum": 100000},
      "max_count": {"type": ["integer", "string"], "pattern": "^[1-9][0-9]{0,5}$", "minimum": 1, "maximum": 100000},
      "return_reservation_id": {"type": ["boolean", "string"]},
      "security_groups": {"type": "array", "maxItems": 100, "items": {"type": "object", "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 255}}}},
      "block_device_mapping": {"type": "array", "maxItems": 0},
      "block_device_mapping_v2": {"type": "array", "maxItems": 1, "items": {"type": "object", "required": ["source_type", "destination_type"],
        "properties": {"source_type": {"enum": ["image"]}, "destination_type": {"enum": ["local"]}, "boot_index": {},
                       "uuid": {"type": "string"}, "delete_on_termination": {"type": "boolean"}}}},
      "tags": {"type": "array", "maxItems": 50, "x-since": "2.52",
        "items": {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]+$"}},
      "trusted_image_certificates": {"type": ["array", "null"], "maxItems": 0, "x-since": "2.63"}
    }}}
})"};

constexpr api::Schema kUpdate{R"({
  "type": "object", "required": ["server"], "additionalProperties": false,
  "properties": {"server": {"type": "object", "additionalProperties": false, "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
    "description": {"type": ["string", "null"], "maxLength": 255, "x-since": "2.19"},
    "hostname": {"type": "string", "minLength": 2, "maxLength": 63, "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$", "x-since": "2.90"},
    "OS-DCF:diskConfig": {"type": "string", "enum": ["AUTO", "MANUAL"]},
    "accessIPv4": {"type": ["string", "null"], "format": "ipv4"}, "accessIPv6": {"type": ["string", "null"], "format": "ipv6"}}}}
})"};

Reply create_server(Call& call, Transaction& txn) {
    const auto& asked = call.body()["server"];
    const auto created = create_servers(call, txn, asked);
    const auto& first = created.servers.front();
    const auto wants_reservation = asked.contains("return_reservation_id") &&
                                   (asked["return_reservation_id"] == true || asked["return_reservation_id"] == "true");
    if (wants_reservation) return Reply::accepted({{"reservation_id", created.reservation_id}});
    json groups = json::array();
    for (const auto& group : first.security_groups) groups.push_back({{"name", group}});
    json document{{"id", first.id},
                  {"links", resource_links(call, "servers", first.id)},
                  {"OS-DCF:diskConfig", first.disk_config},
                  {"security_groups", groups},
                  {"adminPass", created.admin_password}};
    return Reply::accepted({{"server", document}})
        .header("Location", fmt::format("{}/v2.1/servers/{}", call.base_url(), first.id));
}

Reply list_summaries(Call& call, Transaction& txn) { return list_servers(call, txn, false); }
Reply list_details(Call& call, Transaction& txn) { return list_servers(call, txn, true); }

Reply show_server(Call& call, Transaction& txn) {
    const auto server = find_visible(txn, call, call.path("server_id"));
    return Reply::ok({{"server", server_json(call, txn, server)}});
}

Reply update_server(Call& call, Transaction& txn) {
    auto server = find_visible(txn, call, call.path("server_id"));
    const auto& asked = call.body()["server"];
    take_name(asked, server);
    take_attributes(asked, server);
    if (asked.contains("hostname")) server.hostname = asked["hostname"];
    server.updated_at = call.now();
    txn.put(server, "updated");
    return Reply::ok({{"server", changed_server_json(call, txn, server)}});
}

Reply delete_server(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    converge::start_task(txn, call.random(), server, "delete");
    return Reply::no_content();
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/servers",
     .policy = {"os_compute_api:servers:index", kReader},
     .summary = "List servers.",
     .handle = list_summaries},
    {.method = http::Method::post,
     .path = "/v2.1/servers",
     .policy = {"os_compute_api:servers:create", kMember},
     .body = kCreate,
     .success = 202,
     .summary = "Create one or several servers.",
     .handle = create_server},
    {.method = http::Method::get,
     .path = "/v2.1/servers/detail",
     .policy = {"os_compute_api:servers:detail", kReader},
     .summary = "List servers with details.",
     .handle = list_details},
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}",
     .policy = {"os_compute_api:servers:show", kReader},
     .summary = "Show a server.",
     .handle = show_server},
    {.method = http::Method::put,
     .path = "/v2.1/servers/{server_id}",
     .policy = {"os_compute_api:servers:update", kMember},
     .body = kUpdate,
     .summary = "Change a server's name or description.",
     .handle = update_server},
    {.method = http::Method::del,
     .path = "/v2.1/servers/{server_id}",
     .policy = {"os_compute_api:servers:delete", kMember},
     .success = 204,
     .summary = "Delete a server, whatever state it is in.",
     .handle = delete_server},
};

}  // namespace

api::EndpointTable server_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

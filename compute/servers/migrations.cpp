// Servers that change their host: migrate, evacuate, and what os-migrations tells of them and of resizes.
#include "compute/model/migration.hpp"

#include "compute/converge/tasks.hpp"
#include "compute/images/snapshots.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/host_view.hpp"
#include "compute/servers/links.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr api::Schema kMigrate{R"({"type": "object", "required": ["migrate"], "additionalProperties": false,
    "properties": {"migrate": {"type": ["object", "null"], "additionalProperties": false, "properties": {
      "host": {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "x-since": "2.56"}}}}})"};
constexpr api::Schema kEvacuate{R"({"type": "object", "required": ["evacuate"], "additionalProperties": false,
    "properties": {"evacuate": {"type": "object", "additionalProperties": false, "properties": {
      "host": {"type": "string", "minLength": 1, "maxLength": 255}, "adminPass": {"type": "string", "maxLength": 255},
      "onSharedStorage": {"type": ["boolean", "string"], "x-until": "2.13"},
      "force": {"type": ["boolean", "string"], "x-since": "2.29", "x-until": "2.67"}}}}})"};

void require_host(Transaction& txn, const std::string& name) {
    if (!txn.get<Host>(name)) throw Fault(Errc::bad_request, "Compute host {} could not be found.", name);
}

json wish_for(Transaction& txn, const Server& server, const json& asked) {
    json placement = json::object();
    if (!asked.is_object() || !asked.contains("host") || !asked["host"].is_string()) return placement;
    const std::string host = asked["host"];
    require_host(txn, host);
    if (host == server.host)
        throw Fault(Errc::bad_request, "Unable to move instance {} to its own host {}.", server.id, host);
    placement["host"] = host;
    return placement;
}

Reply migrate_server(Call& call, Transaction& txn) {
    auto server = find_visible(txn, call, call.path("server_id"));
    require_of_host(txn, server, "snapshot");
    auto args = wish_for(txn, server, call.action_body());
    args["image_id"] = images::make_snapshot(txn, call.random(),
                                             {.name = server.name + "-migrating",
                                              .server_id = server.id,
                                              .project_id = server.project_id,
                                              .user_id = call.actor().user_id,
                                              .base_image_id = server.image_id,
                                              .min_disk_gib = server.flavor.root_gib});
    converge::start_task(txn, call.random(), server, "migrate", std::move(args));
    return Reply::accepted();
}

Reply evacuate_server(Call& call, Transaction& txn) {
    auto server = find_visible(txn, call, call.path("server_id"));
    if (!server.host.empty() && placement::is_up(txn, server.host, call.module<Settings>().host_down_after))
        throw Fault(Errc::bad_request, "Compute service of {} is still in use.", server.host);
    const auto& asked = call.action_body();
    converge::start_task(txn, call.random(), server, "evacuate", wish_for(txn, server, asked));
    if (call.at_least({2, 14})) return Reply::empty(200);
    return Reply::ok({{"adminPass", asked.value("adminPass", call.random().token(9))}});
}

// Nova's database numbers flavors: a number that stands for the id.
json number_of(const std::string& flavor_id) {
    std::int64_t number = 0;
    for (unsigned char c : flavor_id) number = (number * 131 + c) % 1'000'000'007;
    return number;
}

json migration_json(const Call& call, Transaction& txn, const Migration& migration) {
    const auto target = txn.peek<Host>(migration.target);
    json document{{"id", migration.id},
                  {"instance_uuid", migration.server_id},
                  {"status", migration.status},
                  {"source_compute", migration.source},
                  {"source_node", migration.source},
                  {"dest_compute", migration.target},
                  {"dest_node", migration.target},
                  {"dest_host", target ? json(target->address) : json(nullptr)},
                  {"old_instance_type_id", number_of(migration.old_flavor_id)},
                  {"new_instance_type_id", number_of(migration.new_flavor_id)},
                  {"created_at", to_iso_naive(migration.created_at)},
                  {"updated_at", to_iso_naive(migration.updated_at)}};
    if (call.at_least({2, 23})) document["migration_type"] = migration.type;
    if (call.at_least({2, 59})) document["uuid"] = migration.uuid;
    if (call.at_least({2, 80})) {
        document["user_id"] = migration.user_id;
        document["project_id"] = migration.project_id;
    }
    return document;
}

bool passes(const Call& call, const Migration& migration) {
    auto differs = [&](const char* parameter, const std::string& value) {
        const auto wanted = call.query(parameter);
        return wanted && *wanted != value;
    };
    if (differs("status", migration.status) || differs("instance_uuid", migration.server_id) ||
        differs("migration_type", migration.type) || differs("source_compute", migration.source) ||
        differs("project_id", migration.project_id) || differs("user_id", migration.user_id))
        return false;
    if (const auto host = call.query("host"); host && *host != migration.source && *host != migration.target)
        return false;
    if (const auto since = call.query("changes-since")) {
        const auto time = parse_iso(*since);
        if (!time)
            throw Fault(Errc::bad_request, "Invalid input for query parameters changes-since. Value: {}.", *since);
        if (migration.updated_at < *time) return false;
    }
    return true;
}

// Newest first.
Reply list_migrations(Call& call, Transaction& txn) {
    const auto page = api::page_request(call, call.module<Settings>().max_page);
    store::Scan how{.reverse = true};
    if (page.marker) {
        bool found = false;
        txn.visit<Migration>({}, [&](Migration&& migration) {
            found = migration.uuid == *page.marker;
            if (found) how.after = Transaction::cursor_of("", migration);
            return !found;
        });
        if (!found) throw Fault(Errc::bad_request, "Marker {} could not be found.", *page.marker);
    }
    json items = json::array();
    std::string last;
    bool more = false;
    txn.visit<Migration>(how, [&](Migration&& migration) {
        if (!passes(call, migration)) return true;
        more = items.size() == page.limit;
        if (more) return false;
        items.push_back(migration_json(call, txn, migration));
        last = migration.uuid;
        return true;
    });
    json document{{"migrations", items}};
    if (more && call.at_least({2, 59})) add_next_link(document, call, "migrations", last);
    return Reply::ok(document);
}

// Those that are under way.
Reply list_of_server(Call& call, Transaction& txn) {
    const auto server = find_visible(txn, call, call.path("server_id"));
    json items = json::array();
    for (const auto& migration : txn.scan<Migration>({.index = "server"}, server.id))
        if (migration.status == "migrating" && migration.type != "resize")
            items.push_back(migration_json(call, txn, migration));
    return Reply::ok({{"migrations", items}});
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "migrate",
     .policy = {"os_compute_api:os-migrate-server:migrate", kAdmin},
     .body = kMigrate,
     .success = 202,
     .summary = "Bring a server to another host.",
     .handle = migrate_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "evacuate",
     .policy = {"os_compute_api:os-evacuate", kAdmin},
     .body = kEvacuate,
     .summary = "Make a server anew on another host, since its own is down.",
     .handle = evacuate_server},
    {.method = http::Method::get,
     .path = "/v2.1/os-migrations",
     .policy = {"os_compute_api:os-migrations:index", kAdmin},
     .summary = "List resizes and changes of hosts.",
     .handle = list_migrations},
    {.method = http::Method::get,
     .path = "/v2.1/servers/{server_id}/migrations",
     .since = {2, 23},
     .policy = {"os_compute_api:servers:migrations:index", kAdmin},
     .summary = "List a server's changes of hosts that are under way.",
     .handle = list_of_server},
};

}  // namespace

api::EndpointTable migration_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

// Servers as images: createImage, and shelving, where a server gives up its host and is kept as an image.
#include "compute/converge/tasks.hpp"
#include "compute/images/snapshots.hpp"
#include "compute/servers/api.hpp"
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

constexpr api::Schema kCreateImage{R"({"type": "object", "required": ["createImage"], "additionalProperties": false,
    "properties": {"createImage": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
      "metadata": {"type": "object", "additionalProperties": false,
        "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}}}}}}})"};
constexpr api::Schema kCreateBackup{R"({"type": "object", "required": ["createBackup"], "additionalProperties": false,
    "properties": {"createBackup": {"type": "object", "required": ["name", "backup_type", "rotation"],
      "additionalProperties": false, "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
      "backup_type": {"type": "string", "maxLength": 255},
      "rotation": {"type": ["integer", "string"], "pattern": "^[0-9]{1,9}$", "minimum": 0},
      "metadata": {"type": "object", "additionalProperties": false,
        "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}}}}}}})"};
constexpr api::Schema kPlain{R"({"type": "object", "minProperties": 1, "maxProperties": 1,
    "additionalProperties": {"type": ["null", "object", "string"]}})"};
constexpr api::Schema kUnshelve{R"({"type": "object", "required": ["unshelve"], "additionalProperties": false,
    "properties": {"unshelve": {"type": ["object", "null"], "additionalProperties": false, "properties": {
      "availability_zone": {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "x-since": "2.77"},
      "host": {"type": "string", "minLength": 1, "maxLength": 255, "x-since": "2.91"}}}}})"};

std::string begin_image(Call& call, Transaction& txn, const Server& server, std::string name,
                        std::map<std::string, std::string> metadata, std::string backup_type = "") {
    return images::make_snapshot(txn, call.random(),
                                 {.name = std::move(name),
                                  .server_id = server.id,
                                  .project_id = server.project_id,
                                  .user_id = call.actor().user_id,
                                  .base_image_id = server.image_id,
                                  .min_disk_gib = server.flavor.root_gib,
                                  .metadata = std::move(metadata),
                                  .backup_type = std::move(backup_type)});
}

Reply image_begun(const Call& call, const std::string& id) {
    if (call.at_least({2, 45})) return Reply::accepted({{"image_id", id}});
    return Reply::accepted().header("Location", fmt::format("{}/images/{}", call.base_url(), id));
}

Reply create_image(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    require_of_host(txn, server, "snapshot");
    const auto& asked = call.body()["createImage"];
    const auto id =
        begin_image(call, txn, server, asked["name"], asked.value("metadata", std::map<std::string, std::string>{}));
    converge::start_task(txn, call.random(), server, "createImage", {{"image_id", id}});
    return image_begun(call, id);
}

Reply create_backup(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    require_of_host(txn, server, "snapshot");
    const auto& asked = call.body()["createBackup"];
    const auto& rotation = asked["rotation"];
    const auto keep = rotation.is_string() ? std::stoll(rotation.get<std::string>()) : rotation.get<std::int64_t>();
    const std::string type = asked["backup_type"];
    const auto id = begin_image(call, txn, server, asked["name"],
                                asked.value("metadata", std::map<std::string, std::string>{}), type);
    converge::start_task(txn, call.random(), server, "createBackup",
                         {{"image_id", id}, {"backup_type", type}, {"rotation", keep}});
    return image_begun(call, id);
}

Reply shelve_server(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    require_of_host(txn, server, "snapshot");
    const auto id = begin_image(call, txn, server, server.name + "-shelved", {});
    converge::start_task(txn, call.random(), server, "shelve", {{"image_id", id}});
    return Reply::accepted();
}

// A shelved server leaves its host at once: there is none left that could be asked to.
Reply offload_server(Call& call, Transaction& txn) {
    const auto server = find_changeable(txn, call, call.path("server_id"));
    throw Fault(Errc::conflict, "Cannot 'shelveOffload' instance {} while it is in vm_state {}", server.id,
                store::enum_name(server.vm_state));
}

Reply unshelve_server(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    json placement = json::object();
    if (const auto& asked = call.action_body(); asked.is_object()) {
        if (asked.contains("availability_zone")) {
            server.wanted_zone =
                asked["availability_zone"].is_string() ? asked["availability_zone"].get<std::string>() : "";
        }
        if (asked.contains("host")) {
            call.enforce("os_compute_api:os-shelve:unshelve_to_host", {{"project_id", server.project_id}});
            placement["host"] = asked["host"];
        }
    }
    converge::start_task(txn, call.random(), server, "unshelve", std::move(placement));
    return Reply::accepted();
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "createImage",
     .policy = {"os_compute_api:servers:create_image", kMember},
     .body = kCreateImage,
     .success = 202,
     .summary = "Make an image of a server's disk.",
     .handle = create_image},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "createBackup",
     .policy = {"os_compute_api:os-create-backup", kMember},
     .body = kCreateBackup,
     .success = 202,
     .summary = "Make an image of a server's disk, and let the oldest of its kind go.",
     .handle = create_backup},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "shelve",
     .policy = {"os_compute_api:os-shelve:shelve", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Keep a server as an image and let its host go.",
     .handle = shelve_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "shelveOffload",
     .policy = {"os_compute_api:os-shelve:shelve_offload", kAdmin},
     .body = kPlain,
     .success = 202,
     .summary = "Take a shelved server from its host.",
     .handle = offload_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "unshelve",
     .policy = {"os_compute_api:os-shelve:unshelve", kMember},
     .body = kUnshelve,
     .success = 202,
     .summary = "Run a shelved server again.",
     .handle = unshelve_server},
};

}  // namespace

api::EndpointTable server_snapshot_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

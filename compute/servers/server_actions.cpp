// Actions on servers: each starts a task, or changes the record alone (lock, reset of the state).
#include "compute/converge/tasks.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"
#include "compute/servers/server_view.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

// The action takes no argument: its member is null, or an object that older clients leave empty.
constexpr api::Schema kPlain{R"({"type": "object", "minProperties": 1, "maxProperties": 1,
    "additionalProperties": {"type": ["null", "object", "string"]}})"};
constexpr api::Schema kReboot{R"({"type": "object", "required": ["reboot"], "additionalProperties": false,
    "properties": {"reboot": {"type": "object", "required": ["type"], "additionalProperties": false,
      "properties": {"type": {"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}}}}})"};
constexpr api::Schema kLock{R"({"type": "object", "required": ["lock"], "additionalProperties": false,
    "properties": {"lock": {"type": ["object", "null", "string"], "additionalProperties": false,
      "properties": {"locked_reason": {"type": "string", "minLength": 1, "maxLength": 255, "x-since": "2.73"}}}}})"};
constexpr api::Schema kResetState{R"({"type": "object", "required": ["os-resetState"], "additionalProperties": false,
    "properties": {"os-resetState": {"type": "object", "required": ["state"], "additionalProperties": false,
      "properties": {"state": {"type": "string", "enum": ["active", "error"]}}}}})"};

Reply start(Call& call, Transaction& txn, std::string_view task, json args = json::object()) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    converge::start_task(txn, call.random(), server, task, std::move(args));
    return Reply::accepted();
}

Reply start_server(Call& call, Transaction& txn) { return start(call, txn, "start"); }
Reply stop_server(Call& call, Transaction& txn) { return start(call, txn, "stop"); }
Reply pause_server(Call& call, Transaction& txn) { return start(call, txn, "pause"); }
Reply unpause_server(Call& call, Transaction& txn) { return start(call, txn, "unpause"); }
Reply suspend_server(Call& call, Transaction& txn) { return start(call, txn, "suspend"); }
Reply resume_server(Call& call, Transaction& txn) { return start(call, txn, "resume"); }
Reply force_delete_server(Call& call, Transaction& txn) { return start(call, txn, "delete"); }

// Deleted is deleted: there is nothing to restore.
Reply restore_server(Call& call, Transaction& txn) {
    const auto server = find_visible(txn, call, call.path("server_id"));
    throw Fault(Errc::conflict, "Cannot 'restore' instance {} while it is in vm_state {}", server.id,
                store::enum_name(server.vm_state));
}

Reply reboot_server(Call& call, Transaction& txn) {
    const auto& type = call.body()["reboot"]["type"].get_ref<const std::string&>();
    return start(call, txn, "reboot", {{"type", type[0] == 's' || type[0] == 'S' ? "SOFT" : "HARD"}});
}

Reply lock_server(Call& call, Transaction& txn) {
    auto server = find_visible(txn, call, call.path("server_id"));
    server.locked_by =
        call.actor().is_admin() && server.project_id != call.actor().project_id ? LockedBy::admin : LockedBy::owner;
    const auto& argument = call.body()["lock"];
    server.locked_reason = argument.is_object() ? argument.value("locked_reason", "") : "";
    txn.put(server, "locked");
    converge::note_action(txn, call.random(), server, "lock");
    return Reply::accepted();
}

Reply unlock_server(Call& call, Transaction& txn) {
    auto server = find_visible(txn, call, call.path("server_id"));
    if (server.locked_by == LockedBy::admin &&
        !call.allowed("os_compute_api:os-lock-server:unlock:unlock_override", {{"project_id", server.project_id}}))
        throw Fault(Errc::forbidden,
                    "Policy doesn't allow os_compute_api:os-lock-server:unlock:unlock_override to be performed.");
    server.locked_by = LockedBy::nobody;
    server.locked_reason.clear();
    txn.put(server, "unlocked");
    converge::note_action(txn, call.random(), server, "unlock");
    return Reply::accepted();
}

Reply reset_state(Call& call, Transaction& txn) {
    auto server = find_visible(txn, call, call.path("server_id"));
    if (!server.task_id.empty())
        throw Fault(Errc::conflict,
                    "Instance {} is being worked on (task_state {}): it will reach a final state by itself", server.id,
                    server.task_state);
    server.vm_state = call.body()["os-resetState"]["state"] == "active" ? VmState::active : VmState::error;
    server.task_state.clear();
    if (server.vm_state == VmState::active) server.fault.reset();
    server.updated_at = call.now();
    txn.put(server, "state_reset");
    return Reply::accepted();
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "os-start",
     .policy = {"os_compute_api:servers:start", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Start a stopped server.",
     .handle = start_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "os-stop",
     .policy = {"os_compute_api:servers:stop", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Shut a server down.",
     .handle = stop_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "reboot",
     .policy = {"os_compute_api:servers:reboot", kMember},
     .body = kReboot,
     .success = 202,
     .summary = "Reboot a server, softly or by its power.",
     .handle = reboot_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "pause",
     .policy = {"os_compute_api:os-pause-server:pause", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Halt a server's processors; its memory stays.",
     .handle = pause_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "unpause",
     .policy = {"os_compute_api:os-pause-server:unpause", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Let a paused server go on.",
     .handle = unpause_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "suspend",
     .policy = {"os_compute_api:os-suspend-server:suspend", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Save a server's memory to disk and stop it.",
     .handle = suspend_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "resume",
     .policy = {"os_compute_api:os-suspend-server:resume", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Bring a suspended server back.",
     .handle = resume_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "lock",
     .policy = {"os_compute_api:os-lock-server:lock", kMember},
     .body = kLock,
     .success = 202,
     .summary = "Refuse changes to a server until it is unlocked.",
     .handle = lock_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "unlock",
     .policy = {"os_compute_api:os-lock-server:unlock", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Allow changes to a server again.",
     .handle = unlock_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "forceDelete",
     .policy = {"os_compute_api:os-deferred-delete:force", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Delete a server at once.",
     .handle = force_delete_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "restore",
     .policy = {"os_compute_api:os-deferred-delete:restore", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Refused: a deleted server is not kept.",
     .handle = restore_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "os-resetState",
     .policy = {"os_compute_api:os-admin-actions:reset_state", kAdmin},
     .body = kResetState,
     .success = 202,
     .summary = "Set a server's state by hand.",
     .handle = reset_state},
};

}  // namespace

api::EndpointTable server_action_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

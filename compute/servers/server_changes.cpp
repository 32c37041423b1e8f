// Actions that make another machine of a server: rebuild, rescue, resize. Each is a task that the server's host carries
// out.
#include "compute/converge/tasks.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/choices.hpp"
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

constexpr api::Schema kRebuild{R"({"type": "object", "required": ["rebuild"], "additionalProperties": false,
    "properties": {"rebuild": {"type": "object", "required": ["imageRef"], "additionalProperties": false, "properties": {
      "imageRef": {"type": "string", "minLength": 1, "maxLength": 2048},
      "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
      "adminPass": {"type": "string", "maxLength": 255},
      "metadata": {"type": "object", "additionalProperties": false,
        "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}}},
      "preserve_ephemeral": {"type": ["boolean", "string"]},
      "OS-DCF:diskConfig": {"type": "string", "enum": ["AUTO", "MANUAL"]},
      "accessIPv4": {"type": ["string", "null"], "format": "ipv4"}, "accessIPv6": {"type": ["string", "null"], "format": "ipv6"},
      "personality": {"type": "array", "maxItems": 0, "x-until": "2.56"},
      "description": {"type": ["string", "null"], "maxLength": 255, "x-since": "2.19"},
      "key_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "x-since": "2.54"},
      "user_data": {"type": ["string", "null"], "maxLength": 65535, "x-since": "2.57"},
      "trusted_image_certificates": {"type": ["array", "null"], "maxItems": 0, "x-since": "2.63"},
      "hostname": {"type": "string", "minLength": 2, "maxLength": 63, "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$", "x-since": "2.90"}
    }}}})"};
constexpr api::Schema kRescue{R"({"type": "object", "required": ["rescue"], "additionalProperties": false,
    "properties": {"rescue": {"type": ["object", "null"], "additionalProperties": false, "properties": {
      "adminPass": {"type": "string", "maxLength": 255}, "rescue_image_ref": {"type": "string", "format": "uuid"}}}}})"};
constexpr api::Schema kResize{R"({"type": "object", "required": ["resize"], "additionalProperties": false,
    "properties": {"resize": {"type": "object", "required": ["flavorRef"], "additionalProperties": false, "properties": {
      "flavorRef": {"type": ["string", "integer"], "minLength": 1, "maxLength": 2048},
      "OS-DCF:diskConfig": {"type": "string", "enum": ["AUTO", "MANUAL"]}}}}})"};
constexpr api::Schema kPlain{R"({"type": "object", "minProperties": 1, "maxProperties": 1,
    "additionalProperties": {"type": ["null", "object", "string"]}})"};

Reply rebuild_server(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto& asked = call.body()["rebuild"];
    server.image_id = chosen_image(call, txn, asked["imageRef"], server.flavor).id;
    take_name(asked, server);
    take_metadata(txn, asked, server);
    take_key(call, txn, asked, server);
    take_user_data(asked, server);
    take_attributes(asked, server);
    if (asked.contains("hostname")) server.hostname = asked["hostname"];
    if (server.wanted_power == PowerState::none) server.wanted_power = PowerState::running;
    converge::start_task(txn, call.random(), server, "rebuild", {{"image_id", server.image_id}});
    auto document = changed_server_json(call, txn, server);
    if (call.at_least({2, 54})) document["key_name"] = server.key_name.empty() ? json(nullptr) : json(server.key_name);
    document.erase("OS-EXT-SRV-ATTR:user_data");
    if (call.at_least({2, 57}))
        document["user_data"] = server.user_data.empty() ? json(nullptr) : json(server.user_data);
    document["adminPass"] = asked.value("adminPass", call.random().token(9));
    return Reply::accepted({{"server", document}})
        .header("Location", fmt::format("{}/v2.1/servers/{}", call.base_url(), server.id));
}

Reply rescue_server(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto asked = call.action_body().is_object() ? call.action_body() : json::object();
    require_of_host(txn, server, "rescue");
    const auto image = asked.value("rescue_image_ref", server.image_id);
    const auto before = server.rescue_image_id;
    server.rescue_image_id = chosen_image(call, txn, image, server.flavor).id;
    if (server.vm_state == VmState::rescued) server.rescue_image_id = before;  // refused below
    converge::start_task(txn, call.random(), server, "rescue");
    return Reply::ok({{"adminPass", asked.value("adminPass", call.random().token(9))}});
}

Reply unrescue_server(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    converge::start_task(txn, call.random(), server, "unrescue");
    return Reply::accepted();
}

Reply resize_server(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    const auto& asked = call.body()["resize"];
    require_of_host(txn, server, "resize");
    const auto flavor = chosen_flavor(call, txn, asked["flavorRef"]);
    if (flavor.id == server.flavor.id) throw Fault(Errc::bad_request, "When resizing, instances must change flavor!");
    if (flavor.root_gib < server.flavor.root_gib || flavor.ephemeral_gib < server.flavor.ephemeral_gib)
        throw Fault(Errc::bad_request,
                    "Resize to flavor {} is not possible: disks only grow, and it has {} + {} GB where the server has "
                    "{} + {} GB.",
                    flavor.id, flavor.root_gib, flavor.ephemeral_gib, server.flavor.root_gib,
                    server.flavor.ephemeral_gib);
    if (asked.contains("OS-DCF:diskConfig")) server.disk_config = asked["OS-DCF:diskConfig"];
    converge::start_task(txn, call.random(), server, "resize", {{"flavor_id", flavor.id}});
    return Reply::accepted();
}

Reply confirm_resize(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    converge::start_task(txn, call.random(), server, "confirmResize");
    return Reply::no_content();
}

Reply revert_resize(Call& call, Transaction& txn) {
    auto server = find_changeable(txn, call, call.path("server_id"));
    converge::start_task(txn, call.random(), server, "revertResize");
    return Reply::accepted();
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "rebuild",
     .policy = {"os_compute_api:servers:rebuild", kMember},
     .body = kRebuild,
     .success = 202,
     .summary = "Make a server's disks anew from an image.",
     .handle = rebuild_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "rescue",
     .policy = {"os_compute_api:os-rescue", kMember},
     .body = kRescue,
     .summary = "Run a rescue image with the server's own disk beside it.",
     .handle = rescue_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "unrescue",
     .policy = {"os_compute_api:os-unrescue", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Let a rescued server run its own disk again.",
     .handle = unrescue_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "resize",
     .policy = {"os_compute_api:servers:resize", kMember},
     .body = kResize,
     .success = 202,
     .summary = "Give a server another flavor, to be confirmed or reverted.",
     .handle = resize_server},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "confirmResize",
     .policy = {"os_compute_api:servers:confirm_resize", kMember},
     .body = kPlain,
     .success = 204,
     .summary = "Keep the new flavor; what was kept for going back goes.",
     .handle = confirm_resize},
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "revertResize",
     .policy = {"os_compute_api:servers:revert_resize", kMember},
     .body = kPlain,
     .success = 202,
     .summary = "Go back to the flavor and the disk from before the resize.",
     .handle = revert_resize},
};

}  // namespace

api::EndpointTable server_change_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

// Servers: what is wanted and what was last seen. Power, task and fault are kept apart; which task may start in which
// vm_state is a table (compute/converge/task_table.hpp).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"
#include "compute/model/flavor.hpp"

namespace cumulet::compute {

enum class VmState {
    building,
    active,
    stopped,
    paused,
    suspended,
    error,
    deleted,
    soft_deleted,
    shelved,
    shelved_offloaded,
    rescued,
    resized
};
enum class PowerState { none, running, paused, shutdown, crashed, suspended };  // Nova's 0, 1, 3, 4, 6, 7
enum class LockedBy { nobody, owner, admin };

int power_state_number(PowerState state);

struct ServerFault {
    int code = 500;
    std::string message;
    std::string details;  // operators only
    Timestamp created{};
};

struct Server {
    std::string id;
    std::string project_id, user_id;
    std::string name;
    std::string description;
    std::string hostname;
    Flavor flavor;  // as it was at creation
    std::string image_id;
    std::string key_name;
    std::string key_public;  // as it was at creation
    std::string user_data;   // base64, as given
    bool config_drive = false;
    std::map<std::string, std::string> metadata;
    std::vector<std::string> tags;
    std::string availability_zone;
    std::string wanted_zone;  // as asked for
    std::string reservation_id;
    std::int64_t launch_index = 0;
    std::vector<std::string> security_groups;  // names or ids asked for at creation
    std::string admin_password_hash;

    VmState vm_state = VmState::building;
    std::string task_state;  // Nova's name of the step in progress; empty: none
    PowerState power_state = PowerState::none;
    PowerState wanted_power = PowerState::running;  // what the host converges to between tasks
    std::string host;                               // Host::name; empty: not placed
    std::string task_id;                            // the unfinished Task, empty: none
    std::int64_t generation = 0;                    // grows with each change that the host must see
    std::optional<ServerFault> fault;
    LockedBy locked_by = LockedBy::nobody;
    std::string locked_reason;
    int progress = 0;

    Timestamp created_at{}, updated_at{};
    std::optional<Timestamp> launched_at, terminated_at;

    // While a resize is not settled: the flavor that the server may come to (before its host is done) or return to
    // (after). It holds what either needs.
    std::optional<Flavor> other_flavor;
    std::string rescue_image_id;  // what it runs while it is rescued
    std::string access_ipv4, access_ipv6;
    std::string disk_config = "MANUAL";
    std::string shelved_image_id;  // what its disk became; empty: it is not shelved
};

// What the server holds of quota and of its host: its flavor's share, during a resize the larger of both in each.
Flavor held_by(const Server& server);
std::int64_t disk_gib_of(const Flavor& flavor);

}  // namespace cumulet::compute

template <>
struct cumulet::store::EnumNames<cumulet::compute::VmState> {
    using V = cumulet::compute::VmState;
    static constexpr auto names =
        std::to_array<std::pair<V, std::string_view>>({{V::building, "building"},
                                                       {V::active, "active"},
                                                       {V::stopped, "stopped"},
                                                       {V::paused, "paused"},
                                                       {V::suspended, "suspended"},
                                                       {V::error, "error"},
                                                       {V::deleted, "deleted"},
                                                       {V::soft_deleted, "soft-delete"},
                                                       {V::shelved, "shelved"},
                                                       {V::shelved_offloaded, "shelved_offloaded"},
                                                       {V::rescued, "rescued"},
                                                       {V::resized, "resized"}});
};
template <>
struct cumulet::store::EnumNames<cumulet::compute::PowerState> {
    using P = cumulet::compute::PowerState;
    static constexpr auto names = std::to_array<std::pair<P, std::string_view>>({{P::none, "none"},
                                                                                 {P::running, "running"},
                                                                                 {P::paused, "paused"},
                                                                                 {P::shutdown, "shutdown"},
                                                                                 {P::crashed, "crashed"},
                                                                                 {P::suspended, "suspended"}});
};
template <>
struct cumulet::store::EnumNames<cumulet::compute::LockedBy> {
    using L = cumulet::compute::LockedBy;
    static constexpr auto names = std::to_array<std::pair<L, std::string_view>>(
        {{L::nobody, "nobody"}, {L::owner, "owner"}, {L::admin, "admin"}});
};

template <>
struct cumulet::store::Describe<cumulet::compute::ServerFault> {
    using Fault = cumulet::compute::ServerFault;
    static constexpr auto fields = List{field("code", &Fault::code), field("message", &Fault::message),
                                        field("details", &Fault::details), field("created", &Fault::created)};
};

template <>
struct cumulet::store::Describe<cumulet::compute::Server> {
    using Server = cumulet::compute::Server;
    static constexpr std::string_view collection = "server";
    static constexpr int version = 2;
    static constexpr auto key = List{&Server::id};
    static constexpr auto fields = List{field("id", &Server::id),
                                        field("project_id", &Server::project_id),
                                        field("user_id", &Server::user_id),
                                        field("name", &Server::name),
                                        field("description", &Server::description),
                                        field("hostname", &Server::hostname),
                                        field("flavor", &Server::flavor),
                                        field("image_id", &Server::image_id),
                                        field("key_name", &Server::key_name),
                                        field("key_public", &Server::key_public),
                                        field("user_data", &Server::user_data),
                                        field("config_drive", &Server::config_drive),
                                        field("metadata", &Server::metadata),
                                        field("tags", &Server::tags),
                                        field("availability_zone", &Server::availability_zone),
                                        field("wanted_zone", &Server::wanted_zone),
                                        field("reservation_id", &Server::reservation_id),
                                        field("launch_index", &Server::launch_index),
                                        field("security_groups", &Server::security_groups),
                                        field("admin_password_hash", &Server::admin_password_hash),
                                        field("vm_state", &Server::vm_state),
                                        field("task_state", &Server::task_state),
                                        field("power_state", &Server::power_state),
                                        field("wanted_power", &Server::wanted_power),
                                        field("host", &Server::host),
                                        field("task_id", &Server::task_id),
                                        field("generation", &Server::generation),
                                        field("fault", &Server::fault),
                                        field("locked_by", &Server::locked_by),
                                        field("locked_reason", &Server::locked_reason),
                                        field("progress", &Server::progress),
                                        field("created_at", &Server::created_at),
                                        field("updated_at", &Server::updated_at),
                                        field("launched_at", &Server::launched_at),
                                        field("terminated_at", &Server::terminated_at),
                                        field("other_flavor", &Server::other_flavor),
                                        field("rescue_image_id", &Server::rescue_image_id),
                                        field("access_ipv4", &Server::access_ipv4),
                                        field("access_ipv6", &Server::access_ipv6),
                                        field("disk_config", &Server::disk_config),
                                        field("shelved_image_id", &Server::shelved_image_id)};
    // Lists are newest first, by project or over all projects; the thin ones carry the usual filters.
    static constexpr auto flavor_of = [](const Server& server) -> const std::string& { return server.flavor.id; };
    static constexpr auto indexes =
        List{index("project", &Server::project_id, desc(&Server::created_at)),
             thin("created", desc(&Server::created_at)),
             thin("updated", desc(&Server::updated_at)),
             thin("host", &Server::host, desc(&Server::created_at)),
             thin("state", &Server::vm_state, desc(&Server::created_at)),
             thin("project_state", &Server::project_id, &Server::vm_state, desc(&Server::created_at)),
             thin("project_image", &Server::project_id, &Server::image_id, desc(&Server::created_at)),
             thin("project_flavor", &Server::project_id, flavor_of, desc(&Server::created_at)),
             thin("project_name", &Server::project_id, desc(&Server::created_at), &Server::name)};
};

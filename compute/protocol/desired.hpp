// What a host is told: the guests that belong there, what they should be like, and the orders that tasks wait for
// (GET /v1/hosts/{host}/desired, and the answer to a report).
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::compute::protocol {

// The base of a root disk.
struct ImageRef {
    std::string id;
    std::string disk_format;  // "qcow2", "raw"
    std::string sha512;       // hex, of the whole file
    std::int64_t size_bytes = 0;
};

struct Nic {
    std::string port_id, network_id;
    std::string mac;
    std::int64_t mtu = 1500;
    std::string model = "virtio";
};

// One step of a task. An agent does it once for each (task_id, order) and reports; asked again it reports again.
struct Order {
    std::string task_id;
    std::int64_t order = 0;
    std::string action;  // actions.hpp
    nlohmann::json args = nlohmann::json::object();
    std::int64_t patience_s = 60;  // the agent reports a failure when it is not done by then
};

struct Guest {
    std::string server_id, name;
    std::int64_t generation = 0;
    std::string wanted_power;  // between orders: "running", "shutdown", "paused", "suspended"
    std::string known_power;   // on record: another one is worth a report
    std::int64_t vcpus = 1, memory_mib = 512;
    std::int64_t root_gib = 0, ephemeral_gib = 0, swap_mib = 0;
    std::optional<ImageRef> image;
    std::vector<Nic> nics;
    bool config_drive = false;
    nlohmann::json instance;  // what metadata and config drive tell the guest (instance.hpp); null when not needed now
    std::map<std::string, std::string> labels;  // project, user, flavor: kept with the guest where the hypervisor can
    std::optional<Order> order;
    std::optional<ImageRef> rescue_image;  // set while it is to run this instead of its own disk
};

struct Desired {
    std::int64_t revision = 0;  // to ask for the next changes
    bool complete = false;      // every guest is named: others of ours must go
    std::vector<Guest> guests;
    std::vector<std::string> gone;  // of an incomplete one: these belong here no more
    nlohmann::json network;         // for the network engine; null: as before
};

}  // namespace cumulet::compute::protocol

namespace cumulet::store {

template <>
struct Describe<compute::protocol::ImageRef> {
    using I = compute::protocol::ImageRef;
    static constexpr auto fields = List{field("id", &I::id), field("disk_format", &I::disk_format),
                                        field("sha512", &I::sha512), field("size_bytes", &I::size_bytes)};
};
template <>
struct Describe<compute::protocol::Nic> {
    using N = compute::protocol::Nic;
    static constexpr auto fields = List{field("port_id", &N::port_id), field("network_id", &N::network_id),
                                        field("mac", &N::mac), field("mtu", &N::mtu), field("model", &N::model)};
};
template <>
struct Describe<compute::protocol::Order> {
    using O = compute::protocol::Order;
    static constexpr auto fields =
        List{field("task_id", &O::task_id), field("order", &O::order), field("action", &O::action),
             field("args", &O::args), field("patience_s", &O::patience_s)};
};
template <>
struct Describe<compute::protocol::Guest> {
    using G = compute::protocol::Guest;
    static constexpr auto fields = List{field("server_id", &G::server_id),
                                        field("name", &G::name),
                                        field("generation", &G::generation),
                                        field("wanted_power", &G::wanted_power),
                                        field("known_power", &G::known_power),
                                        field("vcpus", &G::vcpus),
                                        field("memory_mib", &G::memory_mib),
                                        field("root_gib", &G::root_gib),
                                        field("ephemeral_gib", &G::ephemeral_gib),
                                        field("swap_mib", &G::swap_mib),
                                        field("image", &G::image),
                                        field("nics", &G::nics),
                                        field("config_drive", &G::config_drive),
                                        field("instance", &G::instance),
                                        field("labels", &G::labels),
                                        field("order", &G::order),
                                        field("rescue_image", &G::rescue_image)};
};
template <>
struct Describe<compute::protocol::Desired> {
    using D = compute::protocol::Desired;
    static constexpr auto fields =
        List{field("revision", &D::revision), field("complete", &D::complete), field("guests", &D::guests),
             field("gone", &D::gone), field("network", &D::network)};
};

}  // namespace cumulet::store

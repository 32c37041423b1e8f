#include "compute/agent/guests.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/runtime/log.hpp"
#include "compute/protocol/actions.hpp"

namespace cumulet::compute::agent {

namespace {

namespace action = protocol::action;
namespace fs = std::filesystem;

constexpr std::string_view kRootDisk = "root.qcow2";
constexpr std::string_view kKeptDisk = "root.before-resize.qcow2";
constexpr std::string_view kRescueFolder = "rescue";

using hypervisor::Power;

// Runs what may throw and says how it went; `power` is what the guest is then.
template <class Work>
WorkResult attempt(std::string_view power, Work&& work) {
    try {
        work();
        return {.ok = true, .power = std::string(power)};
    } catch (const hypervisor::DriverError& error) {
        const bool permanent =
            error.code == hypervisor::DriverErrc::invalid || error.code == hypervisor::DriverErrc::unsupported;
        return {.ok = false, .permanent = permanent, .error = error.what()};
    } catch (const std::exception& error) {
        return {.ok = false, .error = error.what()};
    }
}

Power power_of(std::string_view name) {
    if (name == "paused") return Power::paused;
    if (name == "shutdown") return Power::shutdown;
    if (name == "suspended") return Power::suspended;
    return Power::running;
}

}  // namespace

std::string power_name(Power power) {
    switch (power) {
        case Power::running:
            return "running";
        case Power::paused:
            return "paused";
        case Power::shutdown:
            return "shutdown";
        case Power::suspended:
            return "suspended";
        case Power::crashed:
            return "crashed";
    }
    return "shutdown";
}

Guests::Guests(hypervisor::Hypervisor& hypervisor, GuestSurroundings surroundings)
    : hypervisor_(hypervisor), surroundings_(std::move(surroundings)) {}

std::string Guests::folder_of(const std::string& server_id) const {
    if (surroundings_.guests_folder.empty()) return "";
    return (std::filesystem::path(surroundings_.guests_folder) / server_id).string();
}

hypervisor::NicSpec Guests::nic_of(const protocol::Nic& nic) {
    return {.port_id = nic.port_id,
            .mac = nic.mac,
            .tap = "tap" + nic.port_id.substr(0, 11),
            .bridge = surroundings_.bridge ? surroundings_.bridge(nic.network_id, nic.port_id) : "",
            .mtu = static_cast<int>(nic.mtu),
            .model = nic.model};
}

hypervisor::GuestSpec Guests::spec_of(const protocol::Guest& guest, bool fresh) {
    const auto folder = folder_of(guest.server_id);
    hypervisor::GuestSpec spec{.id = guest.server_id,
                               .name = guest.name,
                               .generation = guest.generation,
                               .vcpus = static_cast<int>(guest.vcpus),
                               .memory_mib = static_cast<int>(guest.memory_mib),
                               .guest_folder = folder,
                               .metadata = guest.labels};
    if (!folder.empty()) {
        hypervisor::DiskSpec root{
            .id = "root", .path = folder + "/" + std::string(kRootDisk), .size_gib = guest.root_gib, .boot_index = 0};
        // A disk that is there keeps its base, whatever became of the image since.
        if (fresh && guest.image && surroundings_.image_file && !std::filesystem::exists(root.path)) {
            root.backing_path = surroundings_.image_file(*guest.image, folder);
            root.backing_format = guest.image->disk_format;
        }
        if (guest.rescue_image) spec.disks.push_back(rescue_disk(guest, folder));
        // The machine starts the first disk, or the one that says so.
        if (guest.rescue_image) root.boot_index = -1;
        spec.disks.push_back(root);
        if (guest.ephemeral_gib > 0)
            spec.disks.push_back(
                {.id = "ephemeral", .path = folder + "/ephemeral.qcow2", .size_gib = guest.ephemeral_gib});
        if (guest.config_drive && surroundings_.config_drive)
            spec.config_drive_path = surroundings_.config_drive(guest, folder);
    }
    for (const auto& nic : guest.nics) spec.nics.push_back(nic_of(nic));
    return spec;
}

hypervisor::DiskSpec Guests::rescue_disk(const protocol::Guest& guest, const std::string& folder) {
    // In a folder of its own: the base of the guest's own disk stays noted beside it.
    const auto own = folder + "/" + std::string(kRescueFolder);
    hypervisor::DiskSpec disk{.id = "rescue", .path = own + "/root.qcow2", .size_gib = 0, .boot_index = 0};
    if (!std::filesystem::exists(disk.path) && surroundings_.image_file) {
        disk.backing_path = surroundings_.image_file(*guest.rescue_image, own);
        disk.backing_format = guest.rescue_image->disk_format;
    }
    return disk;
}

void Guests::redefine(const protocol::Guest& guest, bool fresh, std::string_view power) {
    hypervisor_.ensure_defined(spec_of(guest, fresh));
    hypervisor_.ensure_power(guest.server_id, power_of(power));
}

void Guests::rebuild(const protocol::Guest& guest) {
    // What is left of the old one goes, its definition too: the new one may be of another image altogether.
    hypervisor_.ensure_absent(guest.server_id, folder_of(guest.server_id));
    if (const auto folder = folder_of(guest.server_id); !folder.empty()) fs::create_directories(folder);
    redefine(guest, true, guest.wanted_power == "none" ? "running" : guest.wanted_power);
}

void Guests::rescue(const protocol::Guest& guest) {
    hypervisor_.shut_down(guest.server_id, surroundings_.shut_down_patience);
    redefine(guest, false, "running");
}

void Guests::unrescue(const protocol::Guest& guest) {
    hypervisor_.shut_down(guest.server_id, surroundings_.shut_down_patience);
    redefine(guest, false, guest.wanted_power);
    if (const auto folder = folder_of(guest.server_id); !folder.empty())
        fs::remove_all(fs::path(folder) / kRescueFolder);
}

void Guests::resize(const protocol::Guest& guest) {
    hypervisor_.shut_down(guest.server_id, surroundings_.shut_down_patience);
    if (const auto folder = folder_of(guest.server_id); !folder.empty()) {
        const auto kept = fs::path(folder) / kKeptDisk;
        if (!fs::exists(kept)) {
            const auto half = kept.string() + ".making";
            fs::copy_file(fs::path(folder) / kRootDisk, half, fs::copy_options::overwrite_existing);
            fs::rename(half, kept);
        }
    }
    redefine(guest, false, guest.wanted_power);
}

void Guests::revert_resize(const protocol::Guest& guest) {
    hypervisor_.shut_down(guest.server_id, surroundings_.shut_down_patience);
    if (const auto folder = folder_of(guest.server_id); !folder.empty())
        if (const auto kept = fs::path(folder) / kKeptDisk; fs::exists(kept))
            fs::rename(kept, fs::path(folder) / kRootDisk);
    redefine(guest, false, guest.wanted_power);
}

void Guests::snapshot(const protocol::Guest& guest, const std::string& image_id) {
    if (!surroundings_.keep_image)
        throw hypervisor::DriverError(hypervisor::DriverErrc::unsupported, "this host keeps no images");
    const auto folder = folder_of(guest.server_id);
    const auto disk = folder.empty() ? std::string() : (fs::path(folder) / kRootDisk).string();
    std::string file;
    if (!surroundings_.scratch_folder.empty()) {
        fs::create_directories(surroundings_.scratch_folder);
        file = (fs::path(surroundings_.scratch_folder) / (image_id + ".qcow2")).string();
    }
    std::exception_ptr failure;
    try {
        hypervisor_.snapshot(guest.server_id, disk, file);
        surroundings_.keep_image(guest.server_id, image_id, file);
    } catch (...) {
        failure = std::current_exception();
    }
    std::error_code ignored;
    if (!file.empty()) fs::remove(file, ignored);
    if (failure) std::rethrow_exception(failure);
}

void Guests::forget_kept_disk(const std::string& server_id) {
    if (const auto folder = folder_of(server_id); !folder.empty()) fs::remove(fs::path(folder) / kKeptDisk);
}

void Guests::spawn(const protocol::Guest& guest) {
    if (const auto folder = folder_of(guest.server_id); !folder.empty()) std::filesystem::create_directories(folder);
    hypervisor_.ensure_defined(spec_of(guest, true));
    hypervisor_.ensure_power(guest.server_id, Power::running);
}

void Guests::attach(const protocol::Guest& guest, const std::string& port_id) {
    for (const auto& nic : guest.nics)
        if (nic.port_id == port_id) return hypervisor_.ensure_nic(guest.server_id, nic_of(nic));
    throw std::runtime_error("port " + port_id + " is not one of the server's");
}

WorkResult Guests::carry_out(const protocol::Guest& guest, std::string_view what, const nlohmann::json& args) {
    const auto& id = guest.server_id;
    auto power = [&](Power wanted) {
        return attempt(power_name(wanted), [&] { hypervisor_.ensure_power(id, wanted); });
    };
    if (what == action::kSpawn) return attempt("running", [&] { spawn(guest); });
    if (what == action::kDestroy) return remove(id);
    if (what == action::kPowerOn) return power(Power::running);
    if (what == action::kPause) return power(Power::paused);
    if (what == action::kSuspend) return power(Power::suspended);
    if (what == action::kShutDown)
        return attempt("shutdown", [&] { hypervisor_.shut_down(id, surroundings_.shut_down_patience); });
    if (what == action::kRebootSoft || what == action::kRebootHard)
        return attempt("running",
                       [&] { hypervisor_.reboot(id, what == action::kRebootSoft, surroundings_.shut_down_patience); });
    if (what == action::kRebuild)
        return attempt(guest.wanted_power == "none" ? "running" : guest.wanted_power, [&] { rebuild(guest); });
    if (what == action::kRescue) return attempt("running", [&] { rescue(guest); });
    if (what == action::kUnrescue) return attempt(guest.wanted_power, [&] { unrescue(guest); });
    if (what == action::kResize) return attempt(guest.wanted_power, [&] { resize(guest); });
    if (what == action::kRevertResize) return attempt(guest.wanted_power, [&] { revert_resize(guest); });
    if (what == action::kConfirmResize) return attempt("", [&] { forget_kept_disk(id); });
    if (what == action::kSnapshot) return attempt("", [&] { snapshot(guest, args.value("image_id", "")); });
    if (what == action::kShelve)
        return attempt("shutdown", [&] {
            hypervisor_.shut_down(id, surroundings_.shut_down_patience);
            snapshot(guest, args.value("image_id", ""));
        });
    if (what == action::kAsWanted) return power(power_of(guest.wanted_power));
    if (what == action::kAttachNic) return attempt("", [&] { attach(guest, args.value("port_id", "")); });
    if (what == action::kDetachNic) return attempt("", [&] { hypervisor_.ensure_no_nic(id, args.value("mac", "")); });
    return {.ok = false, .permanent = true, .error = "this agent does not know the action '" + std::string(what) + "'"};
}

WorkResult Guests::remove(const std::string& server_id) {
    return attempt("none", [&] { hypervisor_.ensure_absent(server_id, folder_of(server_id)); });
}

WorkResult Guests::restore(const protocol::Guest& guest) {
    return attempt(guest.wanted_power, [&] {
        const auto folder = folder_of(guest.server_id);
        // Without its disk it would come back empty, as if nothing had happened.
        if (!folder.empty() && !std::filesystem::exists(folder + "/root.qcow2"))
            throw hypervisor::DriverError(hypervisor::DriverErrc::invalid, "the disk is gone");
        hypervisor_.ensure_defined(spec_of(guest, false));
        hypervisor_.ensure_power(guest.server_id, power_of(guest.wanted_power));
    });
}

WorkResult Guests::set_power(const std::string& server_id, std::string_view power) {
    return attempt(power, [&] { hypervisor_.ensure_power(server_id, power_of(power)); });
}

}  // namespace cumulet::compute::agent

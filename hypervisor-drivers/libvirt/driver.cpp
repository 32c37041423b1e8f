#include "hypervisor-drivers/libvirt/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "hypervisor-drivers/libvirt/disks.hpp"
#include "hypervisor-drivers/libvirt/guest_domain.hpp"
#include "hypervisor-drivers/libvirt/nics.hpp"
#include "hypervisor-drivers/libvirt/power.hpp"
#include "hypervisor-drivers/libvirt/text_file.hpp"

namespace cumulet::hypervisor {
namespace {

namespace fs = std::filesystem;

void check(const GuestSpec& spec) {
    if (!is_uuid(spec.id)) throw DriverError(DriverErrc::invalid, fmt::format("\"{}\" is no UUID", spec.id));
    if (spec.vcpus < 1 || spec.memory_mib < 1) {
        throw DriverError(DriverErrc::invalid,
                          fmt::format("guest {} needs at least one vCPU and some memory", spec.id));
    }
    if (spec.guest_folder.empty())
        throw DriverError(DriverErrc::invalid, fmt::format("guest {} has no folder", spec.id));
}

std::vector<std::string> sorted(std::vector<std::string> list) {
    std::sort(list.begin(), list.end());
    return list;
}

// A NIC plugged or unplugged since the last definition is no change of the digest, but one of the definition.
bool is_defined_so(const DomainFacts& have, const DomainFacts& wanted) {
    return have.digest == wanted.digest && sorted(have.macs) == sorted(wanted.macs);
}

// A folder may get one more file between its listing and its removal (the console's log is rotated by another process).
void remove_folder(const std::string& folder) {
    std::error_code error;
    for (int attempt = 0; attempt < 3; ++attempt) {
        fs::remove_all(folder, error);
        if (!error) return;
    }
    throw DriverError(DriverErrc::failed, fmt::format("cannot remove {}: {}", folder, error.message()));
}

void remove_logs(const std::string& folder, const GuestId& id) {
    if (folder.empty()) return;
    const fs::path log = fs::path(folder) / (domain_name(id) + ".log");
    std::error_code error;
    for (const char* suffix : {"", ".0", ".1", ".2", ".3"}) fs::remove(log.string() + suffix, error);
}

}  // namespace

LibvirtDriver::LibvirtDriver(Flavour flavour)
    : flavour_(std::move(flavour)),
      changes_(std::make_shared<Changes>()),
      connection_(flavour_.locate, changes_),
      watching_(flavour_.locate, nullptr) {
    warm_up_ = std::async(std::launch::async, [this] {
        try {
            unsigned long version = 0;
            ::virConnectGetVersion(connection_.get().get(), &version);
        } catch (const DriverError&) {
            // Whoever needs libvirt next is told.
        }
    });
}

void LibvirtDriver::ensure_defined(const GuestSpec& spec) {
    check(spec);
    const auto connection = connection_.get();
    const auto present = GuestDomain::find(connection, spec.id);
    const bool off = !present || !present->is_active();
    std::error_code error;
    fs::create_directories(spec.guest_folder, error);
    const std::string xml = domain_xml(spec, flavour_.final().machine);
    const bool same =
        present && is_defined_so(read_domain(present->xml(GuestDomain::Which::next_start)), read_domain(xml));
    // Looking into a disk costs a process: an unchanged definition means unchanged sizes.
    for (const DiskSpec& disk : spec.disks) ensure_disk(disk, off && !same);
    if (!same) GuestDomain::define(connection, spec.id, xml);
}

void LibvirtDriver::ensure_power(const GuestId& id, Power wanted) {
    auto guest = GuestDomain::get(connection_.get(), id);
    bring_to(guest, wanted, *changes_);
}

void LibvirtDriver::shut_down(const GuestId& id, std::chrono::milliseconds patience) {
    auto guest = GuestDomain::get(connection_.get(), id);
    hypervisor::shut_down(guest, patience, *changes_);
}

void LibvirtDriver::reboot(const GuestId& id, bool soft, std::chrono::milliseconds patience) {
    auto guest = GuestDomain::get(connection_.get(), id);
    hypervisor::reboot(guest, soft, patience, *changes_);
}

void LibvirtDriver::ensure_absent(const GuestId& id, const std::string& guest_folder) {
    if (auto guest = GuestDomain::find(connection_.get(), id)) {
        if (guest->is_active()) guest->pull_plug();
        guest->undefine();
    }
    if (!guest_folder.empty()) remove_folder(guest_folder);
    remove_logs(flavour_.log_folder, id);
}

std::string LibvirtDriver::console_log(const GuestId& id, std::size_t max_bytes) {
    const auto guest = GuestDomain::get(connection_.get(), id);
    const std::string file = read_domain(guest.xml(GuestDomain::Which::next_start)).console_log;
    return file.empty() ? std::string() : last_bytes({file + ".0", file}, max_bytes);
}

std::optional<ConsoleAddress> LibvirtDriver::console(const GuestId& id, std::string_view type) {
    const auto guest = GuestDomain::get(connection_.get(), id);
    if (type != "vnc" || !guest.is_active()) return std::nullopt;
    const auto port = read_domain(guest.xml(GuestDomain::Which::running)).vnc_port;
    if (!port) return std::nullopt;
    return ConsoleAddress{.type = "vnc", .host = "127.0.0.1", .port = *port};
}

void LibvirtDriver::ensure_nic(const GuestId& id, const NicSpec& nic) {
    auto guest = GuestDomain::get(connection_.get(), id);
    plug(guest, nic);
}

void LibvirtDriver::ensure_no_nic(const GuestId& id, const std::string& mac) {
    auto guest = GuestDomain::get(connection_.get(), id);
    unplug(guest, mac, *changes_);
}

void LibvirtDriver::snapshot(const GuestId& id, const std::string& disk_path, const std::string& file) {
    auto guest = GuestDomain::get(connection_.get(), id);
    // QEMU writes out what it holds of a guest's disks when it halts the guest.
    const bool runs = guest.power() == Power::running;
    if (runs) bring_to(guest, Power::paused, *changes_);
    std::exception_ptr failure;
    try {
        copy_disk(disk_path, "qcow2", file);
    } catch (...) {
        failure = std::current_exception();
    }
    if (runs && guest.power() == Power::paused) bring_to(guest, Power::running, *changes_);
    if (failure) std::rethrow_exception(failure);
}

void LibvirtDriver::on_change(std::function<void(const GuestId&)> callback) {
    const bool wanted = static_cast<bool>(callback);
    changes_->set_listener(std::move(callback));
    // Events flow only while there is a connection. An agent that ends needs none.
    if (wanted) static_cast<void>(connection_.get());
}

}  // namespace cumulet::hypervisor

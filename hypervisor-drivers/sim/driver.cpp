#include "hypervisor-drivers/sim/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

namespace cumulet::hypervisor::sim {
namespace {

constexpr std::uint32_t kBootsInConsole = 8;

bool is_on(const SimGuest& guest) { return guest.power == Power::running || guest.power == Power::paused; }

void boot(SimGuest& guest) {
    guest.power = Power::running;
    ++guest.boots;
}

// The head of a qcow2 of one GiB and nothing behind it: simulated guests have no bytes.
std::string empty_qcow2() {
    std::string head = {'Q', 'F', 'I', '\xfb'};
    auto number = [&](std::uint64_t value, int bytes) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
            head.push_back(static_cast<char>(value >> shift & 0xff));
    };
    number(2, 4);           // version
    number(0, 8);           // no backing file,
    number(0, 4);           // nor its name
    number(16, 4);          // clusters of 64 KiB
    number(1ULL << 30, 8);  // size
    head.append(512 - head.size(), '\0');
    return head;
}

Operation operation_for(Power wanted) {
    switch (wanted) {
        case Power::running:
            return Operation::start;
        case Power::paused:
            return Operation::pause;
        case Power::suspended:
            return Operation::suspend;
        default:
            return Operation::stop;
    }
}

bool change_power(SimGuest& guest, Power wanted) {
    if (guest.power == wanted) return false;
    const bool was_on = is_on(guest) || guest.power == Power::suspended;
    if (wanted == Power::crashed) throw DriverError(DriverErrc::invalid, "no guest is made to crash on purpose");
    if (wanted == Power::suspended && !was_on) {
        throw DriverError(DriverErrc::invalid, fmt::format("guest {} is off: it has no state to suspend", guest.id));
    }
    if ((wanted == Power::running || wanted == Power::paused) && !was_on) boot(guest);
    guest.power = wanted;
    return true;
}

// What was asked for while the guest is on takes effect with the next definition while it is off, as with real
// machines.
bool redefine(SimGuest& guest, const GuestSpec& spec) {
    SimGuest wanted = guest;
    wanted.name = spec.name;
    wanted.generation = spec.generation;
    if (!is_on(guest)) {
        wanted.vcpus = spec.vcpus;
        wanted.memory_mib = spec.memory_mib;
        wanted.disks.clear();
        for (const DiskSpec& disk : spec.disks) wanted.disks.push_back(disk.path);
        wanted.macs.clear();
        for (const NicSpec& nic : spec.nics) wanted.macs.push_back(nic.mac);
    }
    const bool changed = wanted.name != guest.name || wanted.generation != guest.generation ||
                         wanted.vcpus != guest.vcpus || wanted.memory_mib != guest.memory_mib ||
                         wanted.disks != guest.disks || wanted.macs != guest.macs;
    if (changed) guest = std::move(wanted);
    return changed;
}

void check(const GuestSpec& spec) {
    if (spec.id.empty()) throw DriverError(DriverErrc::invalid, "a guest needs an id");
    if (spec.vcpus < 1 || spec.memory_mib < 1) {
        throw DriverError(DriverErrc::invalid,
                          fmt::format("guest {} needs at least one vCPU and some memory", spec.id));
    }
}

}  // namespace

SimDriver::SimDriver(std::shared_ptr<SimHost> host, Hooks hooks) : host_(std::move(host)), hooks_(std::move(hooks)) {
    if (!hooks_.sleep) hooks_.sleep = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
    if (!hooks_.hang) hooks_.hang = [host = host_](const GuestId&) { host->hang(); };
}

SimDriver::~SimDriver() { host_->set_listener(nullptr); }

void SimDriver::act(Operation operation, const GuestId& id, const std::string& guest_name,
                    const std::function<void()>& effect) {
    if (host_->hangs(operation, guest_name)) hooks_.hang(id);
    if (const auto delay = host_->draw_delay(operation); delay.count() > 0) hooks_.sleep(delay);
    const SimHost::Fault fault = host_->draw_fault(operation);
    if (fault != SimHost::Fault::before) effect();
    if (fault != SimHost::Fault::none) {
        throw DriverError(
            DriverErrc::failed,
            fmt::format("simulated fault: {} of guest {} on host {} broke {} its effect", to_string(operation), id,
                        host_->name(), fault == SimHost::Fault::before ? "before" : "after"));
    }
}

std::string SimDriver::name_of(const GuestId& id) const {
    const auto guest = host_->find(id);
    return guest ? guest->name : std::string();
}

Capabilities SimDriver::capabilities() const {
    const SimSettings settings = host_->settings();
    Capabilities can;
    can.hypervisor_type = "fake";
    can.hypervisor_version = 1'000;
    can.domain_type = "sim";
    can.acceleration_note = "guests are simulated in memory";
    can.cpu_info_json = R"({"arch": "x86_64", "model": "sim", "vendor": "Cumulet", "features": []})";
    can.vcpus = settings.vcpus;
    can.memory_mib = settings.memory_mib;
    can.disk_gib = settings.disk_gib;
    can.disk_formats = {"qcow2", "raw"};
    can.pause = can.suspend = can.soft_reboot = can.console_log = can.attach_nic = can.resize = can.rescue =
        can.snapshot = true;
    return can;
}

std::vector<GuestState> SimDriver::observe() {
    std::vector<GuestState> states;
    act(Operation::observe, "", "", [&] { states = host_->observe(); });
    return states;
}

void SimDriver::ensure_defined(const GuestSpec& spec) {
    check(spec);
    act(Operation::define, spec.id, spec.name, [&] {
        if (host_->find(spec.id)) return host_->update(spec.id, [&](SimGuest& guest) { return redefine(guest, spec); });
        SimGuest guest;
        guest.id = spec.id;
        redefine(guest, spec);
        host_->put(std::move(guest));
    });
}

void SimDriver::ensure_power(const GuestId& id, Power wanted) {
    act(operation_for(wanted), id, name_of(id),
        [&] { host_->update(id, [&](SimGuest& guest) { return change_power(guest, wanted); }); });
}

void SimDriver::shut_down(const GuestId& id, std::chrono::milliseconds) { ensure_power(id, Power::shutdown); }

void SimDriver::reboot(const GuestId& id, bool, std::chrono::milliseconds) {
    act(Operation::reboot, id, name_of(id), [&] {
        host_->update(id, [](SimGuest& guest) {
            boot(guest);
            return true;
        });
    });
}

void SimDriver::ensure_absent(const GuestId& id, const std::string& guest_folder) {
    act(Operation::absent, id, name_of(id), [&] {
        host_->erase(id);
        if (!guest_folder.empty()) std::filesystem::remove_all(guest_folder);
    });
}

std::string SimDriver::console_log(const GuestId& id, std::size_t max_bytes) {
    std::string text;
    act(Operation::console, id, name_of(id), [&] {
        const auto guest = host_->find(id);
        if (!guest) throw DriverError(DriverErrc::not_found, fmt::format("host {} has no guest {}", host_->name(), id));
        const std::uint32_t first = guest->boots > kBootsInConsole ? guest->boots - kBootsInConsole : 0;
        for (std::uint32_t n = first + 1; n <= guest->boots; ++n) {
            text += fmt::format("CUMULET-GUEST: booting kernel=simulated virt=sim boot={} host={}\n", n, host_->name());
            text += fmt::format("CUMULET-GUEST: vcpus={} memory_mib={}\n", guest->vcpus, guest->memory_mib);
            for (const auto& mac : guest->macs) text += fmt::format("CUMULET-GUEST: nic mac={}\n", mac);
            text += fmt::format("CUMULET-GUEST: ready hostname={} instance-id={}\n", guest->name, guest->id);
        }
        if (text.size() > max_bytes) text.erase(0, text.size() - max_bytes);
    });
    return text;
}

std::optional<ConsoleAddress> SimDriver::console(const GuestId&, std::string_view) { return std::nullopt; }

void SimDriver::ensure_nic(const GuestId& id, const NicSpec& nic) {
    act(Operation::nic, id, name_of(id), [&] {
        host_->update(id, [&](SimGuest& guest) {
            if (std::find(guest.macs.begin(), guest.macs.end(), nic.mac) != guest.macs.end()) return false;
            guest.macs.push_back(nic.mac);
            return true;
        });
    });
}

void SimDriver::ensure_no_nic(const GuestId& id, const std::string& mac) {
    act(Operation::nic, id, name_of(id),
        [&] { host_->update(id, [&](SimGuest& guest) { return std::erase(guest.macs, mac) > 0; }); });
}

void SimDriver::snapshot(const GuestId& id, const std::string&, const std::string& file) {
    act(Operation::snapshot, id, name_of(id), [&] {
        if (!host_->find(id)) throw DriverError(DriverErrc::not_found, fmt::format("there is no guest {}", id));
        if (file.empty()) return;
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out << empty_qcow2();
        if (!out.flush()) throw DriverError(DriverErrc::no_space, file + " cannot be written");
    });
}

void SimDriver::on_change(std::function<void(const GuestId&)> callback) { host_->set_listener(std::move(callback)); }

}  // namespace cumulet::hypervisor::sim

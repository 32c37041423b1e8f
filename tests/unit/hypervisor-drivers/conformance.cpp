#include "conformance.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace cumulet::hypervisor::conformance {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPatience = seconds(10);

std::optional<GuestState> seen(Subject& subject, const GuestId& id) {
    for (const GuestState& state : subject.driver().observe()) {
        if (state.id == id) return state;
    }
    return std::nullopt;
}

Power power_of(Subject& subject, const GuestId& id) {
    const auto state = seen(subject, id);
    REQUIRE(state);
    return state->power;
}

std::size_t boots(Subject& subject, const GuestId& id) {
    const std::string log = subject.driver().console_log(id, 1 << 16);
    std::size_t count = 0;
    for (auto at = log.find(subject.boot_marker()); at != std::string::npos;
         at = log.find(subject.boot_marker(), at + 1))
        ++count;
    return count;
}

void wait_for_boots(Subject& subject, const GuestId& id, std::size_t wanted) {
    INFO("console: " << subject.driver().console_log(id, 4096));
    REQUIRE(eventually([&] { return boots(subject, id) >= wanted; }));
}

DriverErrc refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const DriverError& error) {
        CHECK_FALSE(std::string(error.what()).empty());
        return error.code;
    }
    FAIL("the call was not refused");
    return DriverErrc::failed;
}

GuestSpec running_guest(Subject& subject, const std::string& name) {
    GuestSpec spec = subject.new_guest(name);
    subject.driver().ensure_defined(spec);
    subject.driver().ensure_power(spec.id, Power::running);
    wait_for_boots(subject, spec.id, 1);
    return spec;
}

void remove(Subject& subject, const GuestSpec& spec) {
    subject.driver().ensure_absent(spec.id, spec.guest_folder);
    CHECK_FALSE(seen(subject, spec.id));
    CHECK(subject.leftovers(spec) == std::vector<std::string>{});
}

void capabilities_say_what_it_is(Subject& subject) {
    const Capabilities can = subject.driver().capabilities();
    CHECK_FALSE(can.hypervisor_type.empty());
    CHECK_FALSE(can.domain_type.empty());
    CHECK(can.hypervisor_version > 0);
    CHECK(can.vcpus > 0);
    CHECK(can.memory_mib > 0);
    CHECK(can.disk_gib > 0);
    CHECK(can.cpu_info_json.front() == '{');
    CHECK(can.arch == "x86_64");
    if (can.domain_type != "kvm") CHECK_FALSE(can.acceleration_note.empty());
}

void defining_does_not_start(Subject& subject) {
    const GuestSpec spec = subject.new_guest("defined");
    CHECK_FALSE(seen(subject, spec.id));
    subject.driver().ensure_defined(spec);
    subject.driver().ensure_defined(spec);
    const auto state = seen(subject, spec.id);
    REQUIRE(state);
    CHECK(state->power == Power::shutdown);
    CHECK_FALSE(state->foreign);
    CHECK(state->vcpus == spec.vcpus);
    CHECK(boots(subject, spec.id) == 0);
    remove(subject, spec);
    remove(subject, spec);
}

void half_defined_is_finished(Subject& subject) {
    const GuestSpec spec = subject.new_guest("half");
    subject.leave_half_defined(spec);
    subject.driver().ensure_defined(spec);
    subject.driver().ensure_power(spec.id, Power::running);
    wait_for_boots(subject, spec.id, 1);
    remove(subject, spec);
}

void half_defined_is_removed(Subject& subject) {
    const GuestSpec spec = subject.new_guest("half-gone");
    subject.leave_half_defined(spec);
    remove(subject, spec);
}

void power_goes_round(Subject& subject) {
    const GuestSpec spec = running_guest(subject, "power");
    const GuestId& id = spec.id;
    for (const Power wanted :
         {Power::running, Power::paused, Power::running, Power::suspended, Power::running, Power::shutdown}) {
        INFO("to " << static_cast<int>(wanted));
        subject.driver().ensure_power(id, wanted);
        CHECK(power_of(subject, id) == wanted);
        subject.driver().ensure_power(id, wanted);
        CHECK(power_of(subject, id) == wanted);
    }
    CHECK(boots(subject, id) == 1);
    subject.driver().ensure_power(id, Power::running);
    wait_for_boots(subject, id, 2);
    subject.driver().ensure_power(id, Power::suspended);
    subject.driver().ensure_power(id, Power::shutdown);
    CHECK(power_of(subject, id) == Power::shutdown);
    subject.driver().ensure_power(id, Power::running);
    wait_for_boots(subject, id, 3);
    remove(subject, spec);
}

void guest_is_asked_before_it_is_cut_off(Subject& subject) {
    const GuestSpec spec = running_guest(subject, "shut-down");
    subject.driver().shut_down(spec.id, kPatience);
    CHECK(power_of(subject, spec.id) == Power::shutdown);
    subject.driver().shut_down(spec.id, kPatience);
    CHECK(power_of(subject, spec.id) == Power::shutdown);
    subject.driver().ensure_power(spec.id, Power::running);
    wait_for_boots(subject, spec.id, 2);
    subject.driver().shut_down(spec.id, milliseconds(1));
    CHECK(power_of(subject, spec.id) == Power::shutdown);
    remove(subject, spec);
}

void reboots_boot_again(Subject& subject) {
    const GuestSpec spec = running_guest(subject, "reboot");
    subject.driver().reboot(spec.id, true, kPatience);
    CHECK(power_of(subject, spec.id) == Power::running);
    wait_for_boots(subject, spec.id, 2);
    subject.driver().reboot(spec.id, false, kPatience);
    CHECK(power_of(subject, spec.id) == Power::running);
    wait_for_boots(subject, spec.id, 3);
    subject.driver().ensure_power(spec.id, Power::shutdown);
    subject.driver().reboot(spec.id, false, kPatience);
    CHECK(power_of(subject, spec.id) == Power::running);
    wait_for_boots(subject, spec.id, 4);
    remove(subject, spec);
}

void agent_restart_changes_nothing(Subject& subject) {
    const GuestSpec runs = running_guest(subject, "survivor");
    const GuestSpec sleeps = running_guest(subject, "sleeper");
    subject.driver().ensure_power(sleeps.id, Power::suspended);
    subject.restart_driver();
    CHECK(power_of(subject, runs.id) == Power::running);
    CHECK(power_of(subject, sleeps.id) == Power::suspended);
    subject.driver().ensure_defined(runs);
    subject.driver().ensure_power(runs.id, Power::running);
    CHECK(boots(subject, runs.id) == 1);
    subject.driver().ensure_power(sleeps.id, Power::running);
    CHECK(boots(subject, sleeps.id) == 1);
    remove(subject, runs);
    remove(subject, sleeps);
}

void resize_takes_effect_while_off(Subject& subject) {
    GuestSpec spec = running_guest(subject, "resize");
    subject.driver().ensure_power(spec.id, Power::shutdown);
    spec.vcpus = 2;
    spec.memory_mib += 16;
    subject.driver().ensure_defined(spec);
    CHECK(seen(subject, spec.id)->vcpus == 2);
    subject.driver().ensure_power(spec.id, Power::running);
    wait_for_boots(subject, spec.id, 2);
    CHECK(seen(subject, spec.id)->memory_mib == spec.memory_mib);
    remove(subject, spec);
}

void snapshots_stand_alone(Subject& subject) {
    const GuestSpec spec = running_guest(subject, "snapshot");
    wait_for_boots(subject, spec.id, 1);
    const std::string file = spec.guest_folder + "/snapshot.qcow2";
    std::filesystem::create_directories(spec.guest_folder);  // agents do
    const auto take = [&] {
        subject.driver().snapshot(spec.id, spec.disks.front().path, file);
        std::ifstream in(file, std::ios::binary);
        std::string head(16, '\0');
        in.read(head.data(), static_cast<std::streamsize>(head.size()));
        CHECK(head.substr(0, 4) == "QFI\xfb");
        CHECK(head.substr(8) == std::string(8, '\0'));  // no backing file
    };
    take();
    take();
    CHECK(power_of(subject, spec.id) == Power::running);
    subject.driver().ensure_power(spec.id, Power::shutdown);
    take();
    CHECK(power_of(subject, spec.id) == Power::shutdown);
    CHECK(boots(subject, spec.id) == 1);
    CHECK(refusal([&] {
              subject.driver().snapshot("00000000-0000-4000-8000-000000000000", spec.disks.front().path, file);
          }) == DriverErrc::not_found);
    remove(subject, spec);
}

void nics_come_and_go(Subject& subject) {
    const GuestSpec spec = running_guest(subject, "nics");
    const NicSpec nic = subject.new_nic();
    const auto has = [&] {
        const auto macs = subject.macs(spec.id);
        return std::count(macs.begin(), macs.end(), nic.mac);
    };
    subject.driver().ensure_nic(spec.id, nic);
    subject.driver().ensure_nic(spec.id, nic);
    CHECK(has() == 1);
    subject.driver().ensure_no_nic(spec.id, nic.mac);
    subject.driver().ensure_no_nic(spec.id, nic.mac);
    CHECK(has() == 0);
    subject.driver().ensure_power(spec.id, Power::shutdown);
    subject.driver().ensure_nic(spec.id, nic);
    CHECK(has() == 1);
    subject.driver().ensure_no_nic(spec.id, nic.mac);
    CHECK(has() == 0);
    subject.driver().ensure_nic(spec.id, nic);
    subject.driver().ensure_power(spec.id, Power::running);
    wait_for_boots(subject, spec.id, 2);
    CHECK(has() == 1);
    remove(subject, spec);
}

void console_keeps_its_last_bytes(Subject& subject) {
    const GuestSpec spec = running_guest(subject, "console");
    const std::string log = subject.driver().console_log(spec.id, 1 << 16);
    CHECK(log.find(subject.boot_marker()) != std::string::npos);
    const std::string tail = subject.driver().console_log(spec.id, 5);
    CHECK(tail.size() == 5);
    CHECK(subject.driver().console_log(spec.id, 0).empty());
    remove(subject, spec);
}

void foreign_guests_are_left_alone(Subject& subject) {
    const GuestId foreign = subject.add_foreign();
    const auto state = seen(subject, foreign);
    REQUIRE(state);
    CHECK(state->foreign);
    CHECK(refusal([&] { subject.driver().ensure_power(foreign, Power::shutdown); }) == DriverErrc::invalid);
    CHECK(refusal([&] { subject.driver().ensure_absent(foreign, ""); }) == DriverErrc::invalid);
    CHECK(refusal([&] { subject.driver().reboot(foreign, false, kPatience); }) == DriverErrc::invalid);
    GuestSpec spec = subject.new_guest("same-id");
    spec.id = foreign;
    CHECK(refusal([&] { subject.driver().ensure_defined(spec); }) == DriverErrc::invalid);
    CHECK(subject.foreign_is_well(foreign));
}

void what_is_not_there_is_not_found(Subject& subject) {
    const GuestSpec spec = subject.new_guest("nobody");
    CHECK(refusal([&] { subject.driver().ensure_power(spec.id, Power::running); }) == DriverErrc::not_found);
    CHECK(refusal([&] { subject.driver().shut_down(spec.id, kPatience); }) == DriverErrc::not_found);
    CHECK(refusal([&] { subject.driver().reboot(spec.id, true, kPatience); }) == DriverErrc::not_found);
    CHECK(refusal([&] { subject.driver().console_log(spec.id, 100); }) == DriverErrc::not_found);
    CHECK(refusal([&] { subject.driver().ensure_nic(spec.id, subject.new_nic()); }) == DriverErrc::not_found);
    remove(subject, spec);
    GuestSpec absurd = subject.new_guest("absurd");
    absurd.vcpus = 0;
    CHECK(refusal([&] { subject.driver().ensure_defined(absurd); }) == DriverErrc::invalid);
    remove(subject, absurd);
}

void a_guest_that_stops_is_told(Subject& subject) {
    std::mutex mutex;
    std::set<GuestId> told;
    subject.driver().on_change([&](const GuestId& id) {
        const std::lock_guard lock(mutex);
        told.insert(id);
    });
    const GuestSpec spec = running_guest(subject, "stops");
    subject.kill_guest(spec.id);
    CHECK(eventually([&] {
        const std::lock_guard lock(mutex);
        return told.contains(spec.id);
    }));
    CHECK(eventually([&] {
        const Power power = power_of(subject, spec.id);
        return power == Power::shutdown || power == Power::crashed;
    }));
    subject.driver().ensure_power(spec.id, Power::running);
    wait_for_boots(subject, spec.id, 2);
    subject.driver().on_change(nullptr);
    remove(subject, spec);
}

void guests_are_worked_on_at_the_same_time(Subject& subject) {
    std::vector<GuestSpec> specs;
    for (int i = 0; i < 3; ++i) specs.push_back(subject.new_guest("lane"));
    std::atomic<int> done{0};
    std::vector<std::jthread> lanes;
    for (const GuestSpec& spec : specs) {
        lanes.emplace_back([&] {
            try {
                subject.driver().ensure_defined(spec);
                subject.driver().ensure_power(spec.id, Power::running);
                subject.driver().ensure_power(spec.id, Power::shutdown);
                subject.driver().ensure_absent(spec.id, spec.guest_folder);
                ++done;
            } catch (const DriverError&) {
                // Counted as not done.
            }
        });
    }
    lanes.clear();
    CHECK(done == 3);
    for (const GuestSpec& spec : specs) remove(subject, spec);
}

}  // namespace

std::vector<Case> cases() {
    return {
        {"capabilities say what the hypervisor is", capabilities_say_what_it_is},
        {"defining a guest does not start it, twice is once, absent twice is absent", defining_does_not_start},
        {"a definition broken off half-way is finished by asking again", half_defined_is_finished},
        {"a definition broken off half-way can be removed", half_defined_is_removed},
        {"power goes to every state and back, and each request twice", power_goes_round},
        {"a guest is asked to shut down before its plug is pulled", guest_is_asked_before_it_is_cut_off},
        {"soft and hard reboots boot again", reboots_boot_again},
        {"guests live through the end of the agent", agent_restart_changes_nothing},
        {"a guest that is off takes its new size", resize_takes_effect_while_off},
        {"a snapshot is a disk of its own, of a guest running or not, which goes on as it was", snapshots_stand_alone},
        {"NICs are plugged and unplugged, running or not", nics_come_and_go},
        {"the console log gives its last bytes", console_keeps_its_last_bytes},
        {"foreign guests are seen and never touched", foreign_guests_are_left_alone},
        {"a guest that is not there is not found, an absurd one is refused", what_is_not_there_is_not_found},
        {"a guest that stops by itself is told and can be started", a_guest_that_stops_is_told},
        {"different guests are worked on at the same time", guests_are_worked_on_at_the_same_time}};
}

bool eventually(const std::function<bool()>& holds, std::chrono::seconds within) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(milliseconds(20));
    }
    return true;
}

}  // namespace cumulet::hypervisor::conformance

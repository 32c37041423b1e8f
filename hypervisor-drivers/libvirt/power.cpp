#include "hypervisor-drivers/libvirt/power.hpp"

namespace cumulet::hypervisor {
namespace {

using std::chrono::milliseconds;

// A guest that is still booting ignores the button: press again.
constexpr milliseconds kButtonAgain = std::chrono::seconds(5);
constexpr milliseconds kSettle = std::chrono::seconds(10);

bool is_off(Power power) { return power == Power::shutdown || power == Power::crashed; }

void await(const GuestDomain& guest, Power wanted, Changes& changes) {
    if (changes.wait(kSettle, [&] { return guest.power() == wanted; })) return;
    throw DriverError(DriverErrc::busy, "the guest does not reach the wanted power state yet");
}

void run(GuestDomain& guest, Power now, Changes& changes) {
    if (now == Power::running) return;
    if (now == Power::paused)
        guest.resume();
    else
        guest.start(false);
    await(guest, Power::running, changes);
}

void pause(GuestDomain& guest, Power now, Changes& changes) {
    if (now == Power::paused) return;
    if (now == Power::running)
        guest.pause();
    else
        guest.start(true);
    await(guest, Power::paused, changes);
}

void suspend(GuestDomain& guest, Power now, Changes& changes) {
    if (now == Power::suspended) return;
    if (is_off(now)) throw DriverError(DriverErrc::invalid, "a guest that is off has no state to suspend");
    guest.save();
    await(guest, Power::suspended, changes);
}

// Also from suspended: what was saved is given up.
void cut_off(GuestDomain& guest, Power now, Changes& changes) {
    if (now == Power::running || now == Power::paused) guest.pull_plug();
    guest.drop_saved_state();
    if (!changes.wait(kSettle, [&] { return is_off(guest.power()); })) {
        throw DriverError(DriverErrc::busy, "the guest is still on");
    }
}

}  // namespace

void bring_to(GuestDomain& guest, Power wanted, Changes& changes) {
    const Power now = guest.power();
    switch (wanted) {
        case Power::running:
            return run(guest, now, changes);
        case Power::paused:
            return pause(guest, now, changes);
        case Power::suspended:
            return suspend(guest, now, changes);
        case Power::shutdown:
            return cut_off(guest, now, changes);
        case Power::crashed:
            throw DriverError(DriverErrc::invalid, "no guest is made to crash on purpose");
    }
}

void shut_down(GuestDomain& guest, milliseconds patience, Changes& changes) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    // A paused guest cannot hear the button.
    while (guest.power() == Power::running) {
        const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) break;
        guest.press_power_button();
        if (changes.wait(std::min(left, kButtonAgain), [&] { return guest.power() != Power::running; })) break;
    }
    cut_off(guest, guest.power(), changes);
}

void reboot(GuestDomain& guest, bool soft, milliseconds patience, Changes& changes) {
    if (soft) shut_down(guest, patience, changes);
    cut_off(guest, guest.power(), changes);
    run(guest, Power::shutdown, changes);
}

}  // namespace cumulet::hypervisor

// What every hypervisor driver must do: one suite, run on each of them.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor::conformance {

// The driver under test on its machine, and what the machine can do behind the driver's back.
class Subject {
public:
    virtual ~Subject() = default;

    virtual Hypervisor& driver() = 0;
    // The agent ends without a word and a new one comes; guests stay.
    virtual void restart_driver() = 0;

    // A small guest that boots here, with one disk of its own and a folder of its own. Each call: another guest.
    virtual GuestSpec new_guest(const std::string& name) = 0;
    virtual NicSpec new_nic() = 0;
    // On the console once for each boot.
    virtual std::string boot_marker() const = 0;

    // A running guest that somebody else made; and whether it still runs.
    virtual GuestId add_foreign() = 0;
    virtual bool foreign_is_well(const GuestId& id) = 0;

    // The guest is off all of a sudden, without the driver's doing.
    virtual void kill_guest(const GuestId& id) = 0;
    // As if the agent died in the middle of defining the guest: part of it is there.
    virtual void leave_half_defined(const GuestSpec& spec) = 0;
    // Names of whatever is still there of the guest: definitions, files, processes, taps.
    virtual std::vector<std::string> leftovers(const GuestSpec& spec) = 0;
    // MACs of the guest's NICs as the machine knows them.
    virtual std::vector<std::string> macs(const GuestId& id) = 0;
};

struct Case {
    std::string name;
    std::function<void(Subject&)> run;
};

// Each wants a subject without guests (other than foreign ones), and leaves it so.
std::vector<Case> cases();

// Waits, bounded, until `holds` is true; false when it never was.
bool eventually(const std::function<bool()>& holds, std::chrono::seconds within = std::chrono::seconds(30));

}  // namespace cumulet::hypervisor::conformance

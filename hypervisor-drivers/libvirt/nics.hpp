// NICs of a guest that is there, running or not.
#pragma once

#include "hypervisor-drivers/libvirt/changes.hpp"
#include "hypervisor-drivers/libvirt/guest_domain.hpp"

namespace cumulet::hypervisor {

// As Hypervisor::ensure_nic and ensure_no_nic say. Unplugging waits until the guest let go of the device, up to 20
// seconds, then throws DriverError (busy): asking again goes on waiting.
void plug(GuestDomain& guest, const NicSpec& nic);
void unplug(GuestDomain& guest, const std::string& mac, Changes& changes);

}  // namespace cumulet::hypervisor

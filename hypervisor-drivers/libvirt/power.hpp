// Power of a guest: from where it stands to where it shall stand.
#pragma once

#include <chrono>

#include "hypervisor-drivers/libvirt/changes.hpp"
#include "hypervisor-drivers/libvirt/guest_domain.hpp"

namespace cumulet::hypervisor {

// As Hypervisor::ensure_power, shut_down and reboot say.
void bring_to(GuestDomain& guest, Power wanted, Changes& changes);
void shut_down(GuestDomain& guest, std::chrono::milliseconds patience, Changes& changes);
void reboot(GuestDomain& guest, bool soft, std::chrono::milliseconds patience, Changes& changes);

}  // namespace cumulet::hypervisor

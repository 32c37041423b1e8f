#include "hypervisor-drivers/libvirt/nics.hpp"

#include <fmt/format.h>

#include "hypervisor-drivers/libvirt/domain_xml.hpp"

namespace cumulet::hypervisor {
namespace {

using Which = GuestDomain::Which;

constexpr std::chrono::milliseconds kLetGo = std::chrono::seconds(20);

std::string found(const GuestDomain& guest, Which which, const std::string& mac) {
    return interface_xml(guest.xml(which), mac);
}

}  // namespace

void plug(GuestDomain& guest, const NicSpec& nic) {
    const std::string wanted = nic_xml(nic);
    if (found(guest, Which::next_start, nic.mac).empty()) guest.attach(wanted, Which::next_start);
    if (guest.is_active() && found(guest, Which::running, nic.mac).empty()) guest.attach(wanted, Which::running);
}

void unplug(GuestDomain& guest, const std::string& mac, Changes& changes) {
    if (const auto nic = found(guest, Which::next_start, mac); !nic.empty()) guest.detach(nic, Which::next_start);
    if (!guest.is_active()) return;
    const std::string nic = found(guest, Which::running, mac);
    if (nic.empty()) return;
    guest.detach(nic, Which::running);
    const bool gone =
        changes.wait(kLetGo, [&] { return !guest.is_active() || found(guest, Which::running, mac).empty(); });
    if (!gone) throw DriverError(DriverErrc::busy, fmt::format("the guest does not let go of its NIC {} yet", mac));
}

}  // namespace cumulet::hypervisor

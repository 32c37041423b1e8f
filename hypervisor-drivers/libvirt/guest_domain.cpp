#include "hypervisor-drivers/libvirt/guest_domain.hpp"

#include <fmt/format.h>
#include <libvirt/virterror.h>

#include <cstdlib>

#include "hypervisor-drivers/libvirt/domain_xml.hpp"
#include "hypervisor-drivers/libvirt/errors.hpp"

namespace cumulet::hypervisor {
namespace {

struct Free {
    void operator()(char* text) const { std::free(text); }
};
using Text = std::unique_ptr<char, Free>;

bool is_ours(virDomainPtr domain) {
    const Text metadata(::virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, kMetadataNamespace, 0));
    if (metadata) return true;
    if (last_error_is_not_found()) return false;
    throw_libvirt_error("asking whose guest a domain is");
}

// A change that libvirt says it need not make is success: the guest was quicker than we.
bool was_too_late() { return ::virGetLastErrorCode() == VIR_ERR_OPERATION_INVALID; }

}  // namespace

Power power_of(int state, int reason, bool has_saved_state) {
    switch (state) {
        case VIR_DOMAIN_RUNNING:
        case VIR_DOMAIN_BLOCKED:
        case VIR_DOMAIN_SHUTDOWN:
            return Power::running;
        case VIR_DOMAIN_PAUSED:
        case VIR_DOMAIN_PMSUSPENDED:
            return Power::paused;
        case VIR_DOMAIN_CRASHED:
            return Power::crashed;
        default:
            if (has_saved_state) return Power::suspended;
            return reason == VIR_DOMAIN_SHUTOFF_CRASHED ? Power::crashed : Power::shutdown;
    }
}

GuestDomain::GuestDomain(std::shared_ptr<virConnect> connection, virDomainPtr domain, GuestId id)
    : connection_(std::move(connection)),
      domain_(domain, [](virDomainPtr held) { ::virDomainFree(held); }),
      id_(std::move(id)) {}

std::optional<GuestDomain> GuestDomain::find(const std::shared_ptr<virConnect>& connection, const GuestId& id) {
    if (!is_uuid(id)) throw DriverError(DriverErrc::invalid, fmt::format("\"{}\" is no UUID", id));
    const virDomainPtr domain = ::virDomainLookupByUUIDString(connection.get(), id.c_str());
    if (domain == nullptr) {
        if (last_error_is_not_found()) return std::nullopt;
        throw_libvirt_error(fmt::format("looking for guest {}", id));
    }
    GuestDomain found(connection, domain, id);
    try {
        if (is_ours(domain)) return found;
    } catch (const DriverError& error) {
        // It may have gone between the two questions.
        if (error.code == DriverErrc::not_found) return std::nullopt;
        throw;
    }
    throw DriverError(DriverErrc::invalid, fmt::format("guest {} on this host is not one of this cloud", id));
}

GuestDomain GuestDomain::get(const std::shared_ptr<virConnect>& connection, const GuestId& id) {
    auto found = find(connection, id);
    if (!found) throw DriverError(DriverErrc::not_found, fmt::format("this host has no guest {}", id));
    return *std::move(found);
}

GuestDomain GuestDomain::define(const std::shared_ptr<virConnect>& connection, const GuestId& id,
                                const std::string& xml) {
    const virDomainPtr domain = ::virDomainDefineXMLFlags(connection.get(), xml.c_str(), 0);
    if (domain == nullptr) throw_libvirt_error(fmt::format("defining guest {}", id));
    return GuestDomain(connection, domain, id);
}

void GuestDomain::check(int result, const char* doing) const {
    if (result < 0) throw_libvirt_error(fmt::format("{} guest {}", doing, id_));
}

Power GuestDomain::power() const {
    int state = 0;
    int reason = 0;
    check(::virDomainGetState(domain_.get(), &state, &reason, 0), "looking at");
    const bool off = state == VIR_DOMAIN_SHUTOFF;
    return power_of(state, reason, off && ::virDomainHasManagedSaveImage(domain_.get(), 0) == 1);
}

bool GuestDomain::is_active() const { return ::virDomainIsActive(domain_.get()) == 1; }

std::string GuestDomain::xml(Which which) const {
    const unsigned flags = which == Which::next_start ? VIR_DOMAIN_XML_INACTIVE : 0;
    const Text text(::virDomainGetXMLDesc(domain_.get(), flags));
    if (!text) throw_libvirt_error(fmt::format("reading the definition of guest {}", id_));
    return text.get();
}

void GuestDomain::start(bool paused) {
    check(::virDomainCreateWithFlags(domain_.get(), paused ? VIR_DOMAIN_START_PAUSED : 0), "starting");
}

void GuestDomain::resume() { check(::virDomainResume(domain_.get()), "resuming"); }
void GuestDomain::pause() { check(::virDomainSuspend(domain_.get()), "pausing"); }
void GuestDomain::wake() { check(::virDomainPMWakeup(domain_.get(), 0), "waking"); }
void GuestDomain::save() { check(::virDomainManagedSave(domain_.get(), VIR_DOMAIN_SAVE_RUNNING), "suspending"); }

void GuestDomain::drop_saved_state() {
    if (::virDomainHasManagedSaveImage(domain_.get(), 0) != 1) return;
    check(::virDomainManagedSaveRemove(domain_.get(), 0), "dropping the saved state of");
}

void GuestDomain::pull_plug() {
    const int result = ::virDomainDestroy(domain_.get());
    if (result < 0 && !was_too_late()) check(result, "stopping");
}

void GuestDomain::press_power_button() {
    const int result = ::virDomainShutdownFlags(domain_.get(), VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN);
    if (result < 0 && !was_too_late()) check(result, "shutting down");
}

void GuestDomain::undefine() {
    const unsigned flags = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
                           VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
    const int result = ::virDomainUndefineFlags(domain_.get(), flags);
    if (result < 0 && !last_error_is_not_found()) check(result, "undefining");
}

void GuestDomain::attach(const std::string& device_xml, Which which) {
    const unsigned flags = which == Which::running ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
    check(::virDomainAttachDeviceFlags(domain_.get(), device_xml.c_str(), flags), "plugging a device into");
}

void GuestDomain::detach(const std::string& device_xml, Which which) {
    const unsigned flags = which == Which::running ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
    const int result = ::virDomainDetachDeviceFlags(domain_.get(), device_xml.c_str(), flags);
    if (result < 0 && !last_error_is_not_found()) check(result, "unplugging a device from");
}

}  // namespace cumulet::hypervisor

// One libvirt domain that is a guest of ours.
#pragma once

#include <libvirt/libvirt.h>

#include <memory>
#include <optional>
#include <string>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor {

// How a guest stands, with what libvirt keeps apart put together: a saved state means suspended, a reason may mean
// crashed.
Power power_of(int state, int reason, bool has_saved_state);

// Holds the domain and its connection. Calls block; each throws DriverError with what it was doing.
class GuestDomain {
public:
    // nullopt when there is none. Throws DriverError: invalid when the domain with this id is not one of ours.
    static std::optional<GuestDomain> find(const std::shared_ptr<virConnect>& connection, const GuestId& id);
    // As find, and not_found when there is none.
    static GuestDomain get(const std::shared_ptr<virConnect>& connection, const GuestId& id);
    static GuestDomain define(const std::shared_ptr<virConnect>& connection, const GuestId& id, const std::string& xml);

    Power power() const;
    bool is_active() const;

    enum class Which { running, next_start };
    std::string xml(Which which) const;

    void start(bool paused);
    void resume();
    void pause();
    void wake();
    // To the hypervisor's own place for saved states; the next start restores it, running.
    void save();
    void drop_saved_state();
    void pull_plug();
    void press_power_button();
    // Forgets the definition with everything that libvirt keeps for it.
    void undefine();

    void attach(const std::string& device_xml, Which which);
    // Only asks, when the guest runs: it is done when the device is gone from the running definition.
    void detach(const std::string& device_xml, Which which);

private:
    GuestDomain(std::shared_ptr<virConnect> connection, virDomainPtr domain, GuestId id);

    void check(int result, const char* doing) const;

    std::shared_ptr<virConnect> connection_;
    std::shared_ptr<virDomain> domain_;
    GuestId id_;
};

}  // namespace cumulet::hypervisor

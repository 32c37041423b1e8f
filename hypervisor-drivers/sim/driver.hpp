// The driver over a simulated host.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "hypervisor-drivers/driver.h"
#include "hypervisor-drivers/sim/host.hpp"

namespace cumulet::hypervisor::sim {

// How an operation takes its time and how it hangs. A simulation on virtual time gives its own; the defaults really
// sleep, and really hang until the host lets go.
struct Hooks {
    std::function<void(std::chrono::milliseconds)> sleep;  // not called for 0
    std::function<void(const GuestId&)> hang;              // may throw; when it returns, the operation goes on
};

// Any thread, as the contract asks. Never calls a hook while it holds a lock.
class SimDriver final : public Hypervisor {
public:
    explicit SimDriver(std::shared_ptr<SimHost> host, Hooks hooks = {});
    ~SimDriver() override;
    SimDriver(const SimDriver&) = delete;
    SimDriver& operator=(const SimDriver&) = delete;

    Capabilities capabilities() const override;
    std::vector<GuestState> observe() override;
    void ensure_defined(const GuestSpec& spec) override;
    void ensure_power(const GuestId& id, Power wanted) override;
    void shut_down(const GuestId& id, std::chrono::milliseconds patience) override;
    void reboot(const GuestId& id, bool soft, std::chrono::milliseconds patience) override;
    void ensure_absent(const GuestId& id, const std::string& guest_folder) override;
    std::string console_log(const GuestId& id, std::size_t max_bytes) override;
    std::optional<ConsoleAddress> console(const GuestId& id, std::string_view type) override;
    void ensure_nic(const GuestId& id, const NicSpec& nic) override;
    void snapshot(const GuestId& id, const std::string& disk_path, const std::string& file) override;
    void ensure_no_nic(const GuestId& id, const std::string& mac) override;
    void on_change(std::function<void(const GuestId&)> callback) override;

private:
    // One operation: hang, delay, fault before, effect, fault after.
    void act(Operation operation, const GuestId& id, const std::string& guest_name,
             const std::function<void()>& effect);
    std::string name_of(const GuestId& id) const;

    std::shared_ptr<SimHost> host_;
    Hooks hooks_;
};

}  // namespace cumulet::hypervisor::sim

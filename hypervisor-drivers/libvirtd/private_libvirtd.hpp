// A libvirtd and a virtlogd of our own, for a machine that runs none.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor {

// Holds no process: what runs is told by the locked pid files in the folder, so every object over one folder, in
// whatever process, sees the same daemons. Any thread; starts are serialised between processes.
class PrivateLibvirtd {
public:
    // `folder` is created by ensure_running(). QEMU and libvirt's programs are found at the usual places.
    explicit PrivateLibvirtd(std::filesystem::path folder);

    // Both daemons run and take connections afterwards; already running is success. They are no children of this
    // process and survive it. Throws DriverError: `unsupported` when libvirt is not installed or this process may not
    // mount (not root), `failed` with the daemon's own last words when it did not come up. Takes about a second when it
    // has to start them.
    void ensure_running();

    std::optional<pid_t> libvirtd_pid() const;
    std::optional<pid_t> virtlogd_pid() const;

    // For virConnectOpen, while libvirtd runs.
    std::string uri() const;

    // The QEMU processes of this libvirtd's guests, running or not itself.
    std::vector<pid_t> guest_pids() const;

    // Kills every guest of this libvirtd and waits until they are gone. Definitions and disks stay.
    void stop_guests();
    // Ends libvirtd, and virtlogd unless guests still write to it. Waits until they are gone. Not running is success.
    void stop();

    // Whether a libvirtd has ever been started in this folder: definitions may be there.
    bool exists() const;

    const std::filesystem::path& folder() const { return folder_; }

private:
    void write_configuration() const;
    void write_users() const;
    void start(const std::string& program) const;
    void wait_until_it_listens(const std::string& program, const char* socket) const;
    std::filesystem::path reachable(const std::string& program, const char* socket) const;

    std::filesystem::path folder_;
};

}  // namespace cumulet::hypervisor

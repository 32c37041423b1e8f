// The contract between the agent and a hypervisor driver. A driver is a shared object in the plug-in folder with one
// exported factory; the agent loads it by name and refuses one built for another version of this contract.
//
// Calls may block. The agent gives each guest its own lane (never two calls for one guest at a time) on a bounded pool,
// with a deadline; calls for different guests run at the same time. Every ensure_* is repeatable: asked again after
// success it changes nothing, asked again after a crash half-way it finishes. Whatever is asked of a foreign guest is
// refused (invalid).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::hypervisor {

inline constexpr std::uint32_t kDriverVersion = 2;

using GuestId = std::string;  // the server's UUID

enum class Power { running, paused, shutdown, suspended, crashed };

enum class DriverErrc {
    invalid,      // the request cannot be met by any repetition: bad image, bad spec
    unsupported,  // this driver cannot do it (its Capabilities say so)
    not_found,    // no such guest
    busy,         // try again later
    no_space,     // disk or memory of the host is exhausted
    failed        // the hypervisor refused or broke: message says how
};

class DriverError : public std::runtime_error {
public:
    DriverError(DriverErrc code, const std::string& message) : std::runtime_error(message), code(code) {}
    DriverErrc code;
};

struct Capabilities {
    std::string hypervisor_type;          // "QEMU", "KVM", "Xen", "hyperv", "fake": as os-hypervisors shows it
    std::int64_t hypervisor_version = 0;  // 7002000 for 7.2.0
    std::string domain_type;              // "kvm", "qemu" (TCG), "xen", "sim"
    std::string acceleration_note;        // why not KVM, when not
    std::string cpu_info_json;            // as os-hypervisors shows cpu_info
    std::string arch = "x86_64";
    std::int64_t vcpus = 0;  // physical
    std::int64_t memory_mib = 0;
    std::int64_t disk_gib = 0;
    std::vector<std::string> disk_formats;  // "qcow2", "raw"
    bool pause = false, suspend = false, soft_reboot = false, console_log = false, vnc = false, serial_console = false;
    bool attach_nic = false, attach_disk = false, resize = false, rescue = false, snapshot = false,
         live_migration = false;
};

struct DiskSpec {
    std::string id;    // "root", or a volume's UUID
    std::string path;  // file or block device on this host
    std::string format = "qcow2";
    std::string backing_path;  // cached base image (qcow2 backing file); empty: none
    std::string backing_format;
    std::int64_t size_gib = 0;  // 0: as large as the base image
    std::string bus = "virtio";
    int boot_index = -1;
};

struct NicSpec {
    std::string port_id;
    std::string mac;
    std::string tap;     // name of the tap the driver makes, "tap" + first 11 characters of the port id
    std::string bridge;  // bridge it is plugged into; made by the network engine before
    int mtu = 1500;
    std::string model = "virtio";
};

struct GuestSpec {
    GuestId id;
    std::string name;             // display name
    std::int64_t generation = 0;  // of the server's desired state; for logs
    int vcpus = 1;
    int memory_mib = 512;
    std::vector<DiskSpec> disks;
    std::vector<NicSpec> nics;
    std::string config_drive_path;  // ISO made by the agent; empty: none
    std::string guest_folder;       // where the driver may keep this guest's files; removed with the guest
    std::map<std::string, std::string> metadata;  // project, user, flavor: kept with the guest where the hypervisor can
};

struct GuestState {
    GuestId id;
    Power power = Power::shutdown;
    bool foreign = false;         // running here but not one of ours: never touched
    std::int64_t memory_mib = 0;  // in use
    int vcpus = 0;
    std::int64_t cpu_time_ns = 0;
};

struct ConsoleAddress {
    std::string type;  // "vnc", "serial"
    std::string host;
    std::uint16_t port = 0;
};

class Hypervisor {
public:
    virtual ~Hypervisor() = default;

    virtual Capabilities capabilities() const = 0;
    // Everything this host runs, whoever started it. Throws DriverError when the hypervisor cannot be asked.
    virtual std::vector<GuestState> observe() = 0;

    // The guest is defined with its disks made; not started. Another specification for a guest that is there is taken
    // over: at once when it is off, with its next start when it is on. DriverErrc::invalid, no_space, failed.
    virtual void ensure_defined(const GuestSpec& spec) = 0;
    // Brings a defined guest to `wanted`: running (start, resume, unpause, wake), paused, shutdown (at once; a
    // suspended guest loses its saved state), suspended (invalid when it is off).
    virtual void ensure_power(const GuestId& id, Power wanted) = 0;
    // Asks the guest to shut down and waits up to `patience`; then pulls the plug.
    virtual void shut_down(const GuestId& id, std::chrono::milliseconds patience) = 0;
    // Soft: asks the guest, waits up to `patience`, then as hard. Hard: power off and on. The guest runs afterwards.
    virtual void reboot(const GuestId& id, bool soft, std::chrono::milliseconds patience) = 0;
    // Nothing of the guest is left: definition, state, taps, and the whole of `guest_folder` (empty: it has none).
    // Absent already is success.
    virtual void ensure_absent(const GuestId& id, const std::string& guest_folder) = 0;

    // The last `max_bytes` of the serial console's log. Empty when there is none yet.
    virtual std::string console_log(const GuestId& id, std::size_t max_bytes) = 0;
    virtual std::optional<ConsoleAddress> console(const GuestId& id, std::string_view type) = 0;

    virtual void ensure_nic(const GuestId& id, const NicSpec& nic) = 0;
    virtual void ensure_no_nic(const GuestId& id, const std::string& mac) = 0;

    // Writes the disk (one of the guest's, DiskSpec::path) as it is at one moment to `file`, as a qcow2 without a base.
    // A running guest is held meanwhile and runs on afterwards. A file that is there is replaced. no_space, failed.
    virtual void snapshot(const GuestId& id, const std::string& disk_path, const std::string& file) = 0;

    // Calls back, on a thread of the driver, when a guest changed by itself (stopped, crashed, rebooted), maybe also
    // when the agent changed it; must return at once. Set once, early. An empty callback ends it: the old one is not
    // running any more when this returns.
    virtual void on_change(std::function<void(const GuestId&)> callback) = 0;
};

// Settings of the driver's own section of the configuration ("driver.kvm.*"), as text; a driver refuses those it does
// not know. Every driver knows "state_dir": a folder of this host's agent where the driver may keep what must outlive
// the agent.
using Settings = std::map<std::string, std::string>;

// What a plug-in exports, with C linkage, under the name "cumulet_driver".
struct DriverPlugin {
    std::uint32_t version = kDriverVersion;
    const char* name = nullptr;  // "kvm"
    // Throws DriverError. `host` is the host's name in the cloud.
    Hypervisor* (*create)(const std::string& host, const Settings& settings) = nullptr;
};

}  // namespace cumulet::hypervisor

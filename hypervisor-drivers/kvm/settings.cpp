#include "hypervisor-drivers/kvm/settings.hpp"

#include <fmt/format.h>

namespace cumulet::hypervisor::kvm {

KvmSettings read_settings(const Settings& settings) {
    KvmSettings read;
    for (const auto& [key, value] : settings) {
        if (key == "state_dir")
            read.state_dir = value;
        else if (key == "uri")
            read.uri = value;
        else if (key == "virt_type")
            read.virt_type = value;
        else if (key == "machine")
            read.machine = value;
        else
            throw DriverError(DriverErrc::invalid, fmt::format("driver.kvm has no setting \"{}\"", key));
    }
    if (read.state_dir.empty()) throw DriverError(DriverErrc::invalid, "driver.kvm.state_dir is not set");
    if (read.virt_type != "auto" && read.virt_type != "kvm" && read.virt_type != "qemu") {
        throw DriverError(DriverErrc::invalid,
                          fmt::format("driver.kvm.virt_type is \"{}\"; it must be auto, kvm or qemu", read.virt_type));
    }
    if (read.uri != "auto" && read.uri != "private" && read.uri.find("://") == std::string::npos) {
        throw DriverError(DriverErrc::invalid,
                          fmt::format("driver.kvm.uri is \"{}\"; it must be auto, private or a libvirt URI", read.uri));
    }
    return read;
}

}  // namespace cumulet::hypervisor::kvm

// Definitions of guests as libvirt's XML: written from a specification, and read back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor {

// The metadata element with this namespace is what makes a domain one of ours.
inline constexpr const char* kMetadataNamespace = "urn:cumulet:guest:1";

struct Machine {
    std::string domain_type;     // "kvm", "qemu", "xen"
    std::string machine = "pc";  // i440fx: what the drivers of small cloud kernels know
    std::string cpu_mode;        // "host-passthrough"; empty: the hypervisor's own default
};

// The whole definition. Carries a digest of itself in its metadata, so that an unchanged specification is recognised.
std::string domain_xml(const GuestSpec& spec, const Machine& machine);

std::string domain_name(const GuestId& id);
// Where libvirt is told to keep the serial console's log.
std::string console_log_path(const std::string& guest_folder);

std::string nic_xml(const NicSpec& nic);

// What a definition, of the running guest or of its next start, says.
struct DomainFacts {
    std::string digest;
    std::vector<std::string> macs;
    std::string console_log;
    std::optional<std::uint16_t> vnc_port;
};
DomainFacts read_domain(const std::string& xml);

// The <interface> element with this MAC, empty when there is none.
std::string interface_xml(const std::string& domain_xml, const std::string& mac);

// Whether `id` is a UUID as libvirt writes it.
bool is_uuid(const std::string& id);

}  // namespace cumulet::hypervisor

#include "hypervisor-drivers/libvirt/domain_xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <pugixml.hpp>
#include <sstream>

namespace cumulet::hypervisor {
namespace {

using pugi::xml_node;

// Control characters cannot be written in XML at all, not even escaped.
std::string printable(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return text;
}

xml_node element(xml_node parent, const char* name, const std::string& text = "") {
    xml_node child = parent.append_child(name);
    if (!text.empty()) child.text().set(printable(text).c_str());
    return child;
}

void attribute(xml_node node, const char* name, const std::string& value) {
    node.append_attribute(name).set_value(printable(value).c_str());
}

std::string text_of(const xml_node& node) {
    std::ostringstream out;
    node.print(out, " ", pugi::format_default | pugi::format_no_declaration);
    return out.str();
}

// FNV-1a: guards against repeating work, not against anybody.
std::string digest_of(const std::string& text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211ULL;
    return fmt::format("{:016x}", hash);
}

xml_node add_metadata(xml_node domain, const GuestSpec& spec) {
    xml_node guest = element(element(domain, "metadata"), "cumulet:guest");
    attribute(guest, "xmlns:cumulet", kMetadataNamespace);
    element(guest, "cumulet:name", spec.name);
    for (const auto& [key, value] : spec.metadata) attribute(element(guest, "cumulet:item", value), "key", key);
    return guest;
}

void add_firmware(xml_node domain, const GuestSpec& spec, const Machine& machine) {
    xml_node sysinfo = element(domain, "sysinfo");
    attribute(sysinfo, "type", "smbios");
    xml_node system = element(sysinfo, "system");
    attribute(element(system, "entry", "Cumulet"), "name", "manufacturer");
    // Stock cloud images look for this name to know that they run in an OpenStack cloud.
    attribute(element(system, "entry", "OpenStack Compute"), "name", "product");
    attribute(element(system, "entry", spec.id), "name", "serial");
    attribute(element(system, "entry", spec.id), "name", "uuid");
    xml_node os = element(domain, "os");
    xml_node type = element(os, "type", "hvm");
    attribute(type, "arch", "x86_64");
    attribute(type, "machine", machine.machine);
    attribute(element(os, "smbios"), "mode", "sysinfo");
    xml_node features = element(domain, "features");
    element(features, "acpi");
    element(features, "apic");
}

void add_clock_and_cpu(xml_node domain, const Machine& machine) {
    if (!machine.cpu_mode.empty()) {
        xml_node cpu = element(domain, "cpu");
        attribute(cpu, "mode", machine.cpu_mode);
        attribute(cpu, "check", "none");
    }
    xml_node clock = element(domain, "clock");
    attribute(clock, "offset", "utc");
    for (const auto& [name, policy] : {std::pair{"pit", "delay"}, std::pair{"rtc", "catchup"}}) {
        xml_node timer = element(clock, "timer");
        attribute(timer, "name", name);
        attribute(timer, "tickpolicy", policy);
    }
    element(domain, "on_poweroff", "destroy");
    element(domain, "on_reboot", "restart");
    element(domain, "on_crash", "destroy");
}

// vda, vdb … for virtio, sda … for scsi, hda … for ide.
class Targets {
public:
    std::string next(const std::string& bus) {
        const char* prefix = bus == "ide" ? "hd" : bus == "scsi" || bus == "sata" || bus == "usb" ? "sd" : "vd";
        return fmt::format("{}{}", prefix, static_cast<char>('a' + used_[prefix]++));
    }

private:
    std::map<std::string, int> used_;
};

void add_source(xml_node disk, const std::string& path) {
    const bool is_block = std::filesystem::is_block_file(path);
    attribute(disk, "type", is_block ? "block" : "file");
    attribute(element(disk, "source"), is_block ? "dev" : "file", path);
}

void add_disk(xml_node devices, const DiskSpec& spec, const std::string& target, int boot_order) {
    xml_node disk = element(devices, "disk");
    attribute(disk, "device", "disk");
    xml_node driver = element(disk, "driver");
    attribute(driver, "name", "qemu");
    attribute(driver, "type", spec.format);
    attribute(driver, "discard", "unmap");
    add_source(disk, spec.path);
    xml_node at = element(disk, "target");
    attribute(at, "dev", target);
    attribute(at, "bus", spec.bus);
    if (!spec.id.empty() && spec.id != "root") element(disk, "serial", spec.id);
    if (boot_order > 0) attribute(element(disk, "boot"), "order", std::to_string(boot_order));
}

void add_config_drive(xml_node devices, const std::string& path) {
    xml_node disk = element(devices, "disk");
    attribute(disk, "device", "cdrom");
    xml_node driver = element(disk, "driver");
    attribute(driver, "name", "qemu");
    attribute(driver, "type", "raw");
    add_source(disk, path);
    xml_node at = element(disk, "target");
    attribute(at, "dev", "hdd");  // the last of the four: plain IDE disks come first
    attribute(at, "bus", "ide");
    element(disk, "readonly");
}

void add_disks(xml_node devices, const GuestSpec& spec) {
    const bool ordered =
        std::any_of(spec.disks.begin(), spec.disks.end(), [](const DiskSpec& disk) { return disk.boot_index >= 0; });
    Targets targets;
    for (std::size_t i = 0; i < spec.disks.size(); ++i) {
        const DiskSpec& disk = spec.disks[i];
        const int boot_order = ordered ? disk.boot_index + 1 : (i == 0 ? 1 : 0);
        add_disk(devices, disk, targets.next(disk.bus), boot_order);
    }
    if (!spec.config_drive_path.empty()) add_config_drive(devices, spec.config_drive_path);
}

void add_nic(xml_node parent, const NicSpec& spec) {
    xml_node nic = element(parent, "interface");
    attribute(nic, "type", spec.bridge.empty() ? "ethernet" : "bridge");
    attribute(element(nic, "mac"), "address", spec.mac);
    if (!spec.bridge.empty()) attribute(element(nic, "source"), "bridge", spec.bridge);
    if (!spec.tap.empty()) attribute(element(nic, "target"), "dev", spec.tap);
    attribute(element(nic, "model"), "type", spec.model);
    if (spec.mtu > 0) attribute(element(nic, "mtu"), "size", std::to_string(spec.mtu));
}

void add_consoles(xml_node devices, const GuestSpec& spec) {
    xml_node serial = element(devices, "serial");
    attribute(serial, "type", "pty");
    xml_node log = element(serial, "log");
    attribute(log, "file", console_log_path(spec.guest_folder));
    attribute(log, "append", "on");
    attribute(element(serial, "target"), "port", "0");
    xml_node vnc = element(devices, "graphics");
    attribute(vnc, "type", "vnc");
    attribute(vnc, "port", "-1");
    attribute(vnc, "autoport", "yes");
    attribute(vnc, "listen", "127.0.0.1");
    attribute(element(element(devices, "video"), "model"), "type", "vga");
    attribute(element(devices, "memballoon"), "model", "virtio");
    xml_node rng = element(devices, "rng");
    attribute(rng, "model", "virtio");
    attribute(element(rng, "backend", "/dev/urandom"), "model", "random");
}

xml_node find_interface(const xml_node& domain, const std::string& mac) {
    for (const xml_node nic : domain.child("devices").children("interface")) {
        if (mac == nic.child("mac").attribute("address").value()) return nic;
    }
    return {};
}

pugi::xml_document parse(const std::string& xml) {
    pugi::xml_document document;
    if (!document.load_string(xml.c_str()))
        throw DriverError(DriverErrc::failed, "libvirt gave a definition that is no XML");
    return document;
}

}  // namespace

std::string domain_name(const GuestId& id) { return "cumulet-" + id; }

std::string console_log_path(const std::string& guest_folder) {
    return (std::filesystem::absolute(guest_folder) / "console.log").string();
}

bool is_uuid(const std::string& id) {
    if (id.size() != 36) return false;
    for (std::size_t i = 0; i < id.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f');
        if (dash ? id[i] != '-' : !hex) return false;
    }
    return true;
}

std::string domain_xml(const GuestSpec& spec, const Machine& machine) {
    pugi::xml_document document;
    xml_node domain = document.append_child("domain");
    attribute(domain, "type", machine.domain_type);
    element(domain, "name", domain_name(spec.id));
    element(domain, "uuid", spec.id);
    xml_node metadata = add_metadata(domain, spec);
    xml_node memory = element(domain, "memory", std::to_string(spec.memory_mib));
    attribute(memory, "unit", "MiB");
    element(domain, "vcpu", std::to_string(spec.vcpus));
    add_firmware(domain, spec, machine);
    add_clock_and_cpu(domain, machine);
    xml_node devices = element(domain, "devices");
    add_disks(devices, spec);
    for (const NicSpec& nic : spec.nics) add_nic(devices, nic);
    add_consoles(devices, spec);
    // The sizes of disks are no part of a definition, but a changed one must be noticed.
    std::string sizes;
    for (const DiskSpec& disk : spec.disks) sizes += fmt::format("{} ", disk.size_gib);
    element(metadata, "cumulet:digest", digest_of(text_of(domain) + sizes));
    return text_of(domain);
}

std::string nic_xml(const NicSpec& nic) {
    pugi::xml_document document;
    add_nic(document, nic);
    return text_of(document.first_child());
}

DomainFacts read_domain(const std::string& xml) {
    const pugi::xml_document document = parse(xml);
    const xml_node domain = document.child("domain");
    const xml_node devices = domain.child("devices");
    DomainFacts facts;
    // libvirt keeps the prefix that the definition was written with.
    facts.digest = domain.child("metadata").child("cumulet:guest").child("cumulet:digest").text().get();
    for (const xml_node nic : devices.children("interface")) {
        facts.macs.emplace_back(nic.child("mac").attribute("address").value());
    }
    facts.console_log = devices.child("serial").child("log").attribute("file").value();
    const int port = devices.find_child_by_attribute("graphics", "type", "vnc").attribute("port").as_int(-1);
    if (port > 0) facts.vnc_port = static_cast<std::uint16_t>(port);
    return facts;
}

std::string interface_xml(const std::string& domain_xml, const std::string& mac) {
    const pugi::xml_document document = parse(domain_xml);
    const xml_node nic = find_interface(document.child("domain"), mac);
    return nic ? text_of(nic) : std::string();
}

}  // namespace cumulet::hypervisor

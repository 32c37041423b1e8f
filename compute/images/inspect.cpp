#include "compute/images/inspect.hpp"

#include <fmt/format.h>

namespace cumulet::compute::images {
namespace {

std::uint64_t big(std::string_view bytes, std::size_t at, std::size_t length) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < length; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t length) {
    std::uint64_t value = 0;
    for (std::size_t i = length; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return value;
}

// docs/interop/qcow2 of QEMU: backing file at 8, cluster bits at 20, size at 24, feature bits at 72, extensions behind
// the header.
Inspection inspect_qcow2(std::string_view head) {
    Inspection found{.format = "qcow2", .virtual_size = {}, .refused = {}};
    if (head.size() < 72) {
        found.refused = "its qcow2 header is cut off";
        return found;
    }
    const auto version = big(head, 4, 4);
    const auto cluster_bits = big(head, 20, 4);
    found.virtual_size = big(head, 24, 8);
    if (version != 2 && version != 3)
        found.refused = fmt::format("qcow2 version {} is unknown", version);
    else if (big(head, 8, 8) != 0)
        found.refused = "it has a backing file";
    else if (cluster_bits < 9 || cluster_bits > 21)
        found.refused = "its qcow2 header is damaged";
    if (!found.refused.empty() || version == 2) return found;
    if (head.size() < 104) {
        found.refused = "its qcow2 header is cut off";
        return found;
    }
    constexpr std::uint64_t kExternalData = 1u << 2;
    constexpr std::uint64_t kKnown = 0x1f;
    const auto incompatible = big(head, 72, 8);
    if (incompatible & kExternalData)
        found.refused = "it keeps its data in another file";
    else if (incompatible & ~kKnown)
        found.refused = "it uses qcow2 features that are unknown";
    const auto length = big(head, 100, 4);
    for (std::size_t at = length; found.refused.empty() && at + 8 <= head.size();) {
        const auto type = big(head, at, 4);
        const auto size = big(head, at + 4, 4);
        if (type == 0) break;
        if (type == 0xE2792ACA && size > 0 && big(head, 8, 8) != 0) found.refused = "it has a backing file";
        if (type == 0x44415441) found.refused = "it keeps its data in another file";
        at += 8 + (size + 7) / 8 * 8;
    }
    return found;
}

Inspection inspect_vmdk(std::string_view head) {
    Inspection found{.format = "vmdk", .virtual_size = {}, .refused = {}};
    if (head.size() < 44) {
        found.refused = "its VMDK header is cut off";
        return found;
    }
    constexpr std::uint64_t kSector = 512;
    const auto sectors = little(head, 12, 8);
    found.virtual_size = sectors > UINT64_MAX / kSector ? UINT64_MAX : sectors * kSector;
    // The descriptor inside must not name other files.
    for (std::string_view type : {"createType=\"monolithicSparse\"", "createType=\"streamOptimized\""})
        if (head.find(type) != std::string_view::npos) return found;
    found.refused = "only monolithicSparse and streamOptimized VMDKs are taken";
    return found;
}

bool has_at(std::string_view head, std::size_t at, std::string_view magic) {
    return head.size() >= at + magic.size() && head.substr(at, magic.size()) == magic;
}

}  // namespace

Inspection inspect(std::string_view head) {
    if (has_at(head, 0, "QFI\xfb")) return inspect_qcow2(head);
    if (has_at(head, 0, "KDMV")) return inspect_vmdk(head);
    if (has_at(head, 0, "# Disk DescriptorFile")) return {"vmdk", {}, "a VMDK descriptor refers to other files"};
    if (has_at(head, 0, "vhdxfile")) return {"vhdx", {}, ""};
    if (has_at(head, 0, "conectix"))
        return {"vhd", head.size() >= 56 ? std::optional(big(head, 48, 8)) : std::nullopt, ""};
    if (has_at(head, 0x40, "\x7f\x10\xda\xbe"))
        return {"vdi", head.size() >= 0x178 ? std::optional(little(head, 0x170, 8)) : std::nullopt, ""};
    if (has_at(head, 0x8001, "CD001")) return {"iso", {}, ""};
    return {"raw", {}, ""};
}

std::string objection(const Inspection& found, const std::string& disk_format, std::uint64_t max_virtual_size) {
    if (!found.refused.empty()) return found.refused;
    // Data that is clearly of one format must not come as another: a host would open it as what the user said. Unknown
    // bytes are taken as anything (interoperability tests upload such), they only do not boot; an ISO is a raw disk
    // too.
    const bool known = found.format == "qcow2" || found.format == "vmdk" || found.format == "vhdx" ||
                       found.format == "vhd" || found.format == "vdi";
    if (known && found.format != disk_format)
        return fmt::format("its disk_format is {}, but the data is {}", disk_format, found.format);
    if (found.virtual_size.value_or(0) > max_virtual_size)
        return fmt::format("its virtual size of {} bytes is more than the {} that are allowed", *found.virtual_size,
                           max_virtual_size);
    return "";
}

}  // namespace cumulet::compute::images

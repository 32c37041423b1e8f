// What the first bytes of an image say of it, and whether a host may be given it: a file that refers to other files
// would let a user read the host's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cumulet::compute::images {

constexpr std::size_t kInspectBytes = 64 * 1024;

struct Inspection {
    std::string format;                         // "qcow2", "vmdk", "vhdx", "vhd", "vdi", "iso"; "raw" for anything else
    std::optional<std::uint64_t> virtual_size;  // bytes, where the header tells
    std::string refused;                        // why such a file is never taken; empty: nothing against it
};

// `head`: the first kInspectBytes, or less when the image is shorter. Never throws.
Inspection inspect(std::string_view head);

// Why data of this kind does not do as `disk_format`; empty when it does. `max_virtual_size` in bytes.
std::string objection(const Inspection& found, const std::string& disk_format, std::uint64_t max_virtual_size);

}  // namespace cumulet::compute::images

// Headers of qcow2 files, sound and not.
#pragma once

#include <cstdint>
#include <string>

namespace cumulet::compute::images::test {

struct Qcow2 {
    int version = 3;
    std::uint64_t virtual_size = 1 << 20;
    std::uint64_t backing_file_offset = 0;
    std::uint32_t cluster_bits = 16;
    std::uint64_t incompatible = 0;
    bool data_file_extension = false;
};

inline std::string qcow2(const Qcow2& wanted) {
    std::string bytes(512, '\0');
    auto put = [&](std::size_t at, std::size_t length, std::uint64_t value) {
        for (std::size_t i = length; i > 0; --i, value >>= 8) bytes[at + i - 1] = static_cast<char>(value & 0xff);
    };
    bytes.replace(0, 4, "QFI\xfb");
    put(4, 4, static_cast<std::uint64_t>(wanted.version));
    put(8, 8, wanted.backing_file_offset);
    put(20, 4, wanted.cluster_bits);
    put(24, 8, wanted.virtual_size);
    if (wanted.version >= 3) {
        put(72, 8, wanted.incompatible);
        put(100, 4, 104);
        if (wanted.data_file_extension) {
            put(104, 4, 0x44415441);
            put(108, 4, 8);
        }
    }
    return bytes;
}

}  // namespace cumulet::compute::images::test

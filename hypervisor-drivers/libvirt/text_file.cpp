#include "hypervisor-drivers/libvirt/text_file.hpp"

#include <algorithm>
#include <fstream>

namespace cumulet::hypervisor {
namespace {

std::string tail(const std::string& file, std::size_t max_bytes) {
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in) return {};
    const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0));
    const std::size_t wanted = std::min(size, max_bytes);
    in.seekg(static_cast<std::streamoff>(size - wanted));
    std::string text(wanted, '\0');
    in.read(text.data(), static_cast<std::streamsize>(wanted));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

}  // namespace

std::string last_bytes(const std::vector<std::string>& files, std::size_t max_bytes) {
    std::string text;
    for (auto file = files.rbegin(); file != files.rend() && text.size() < max_bytes; ++file) {
        text.insert(0, tail(*file, max_bytes - text.size()));
    }
    return text;
}

}  // namespace cumulet::hypervisor

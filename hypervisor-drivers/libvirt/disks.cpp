#include "hypervisor-drivers/libvirt/disks.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "hypervisor-drivers/libvirt/program.hpp"

namespace cumulet::hypervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kQuick = std::chrono::seconds(60);
constexpr std::chrono::milliseconds kCopy = std::chrono::minutes(10);
constexpr std::int64_t kGib = 1LL << 30;

std::string qemu_img(const std::vector<std::string>& arguments, std::chrono::milliseconds deadline) {
    std::vector<std::string> command = {"qemu-img"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const ProgramResult result = run_program(command, deadline);
    if (result.status == 0 && !result.timed_out) return result.output;
    const bool full = result.errors.find("No space left") != std::string::npos;
    throw DriverError(
        full ? DriverErrc::no_space : DriverErrc::failed,
        fmt::format("qemu-img {}: {}", arguments.at(0), result.timed_out ? "took too long" : result.errors));
}

// -U: a running guest holds the lock on its own disk and a shared one on its base.
std::int64_t virtual_size(const std::string& path, const std::string& format) {
    const auto info =
        nlohmann::json::parse(qemu_img({"info", "-U", "--output=json", "-f", format, path}, kQuick), nullptr, false);
    if (!info.is_object() || !info.contains("virtual-size")) {
        throw DriverError(DriverErrc::failed, fmt::format("qemu-img tells no size of {}", path));
    }
    return info.at("virtual-size").get<std::int64_t>();
}

void check(const DiskSpec& disk) {
    if (disk.path.empty()) throw DriverError(DriverErrc::invalid, fmt::format("disk {} has no path", disk.id));
    if (disk.backing_path.empty()) {
        if (disk.size_gib > 0) return;
        throw DriverError(DriverErrc::invalid, fmt::format("disk {} has neither a size nor a base image", disk.path));
    }
    if (!fs::exists(disk.backing_path)) {
        throw DriverError(DriverErrc::invalid, fmt::format("base image {} is not there", disk.backing_path));
    }
    const std::int64_t base = virtual_size(disk.backing_path, disk.backing_format);
    if (disk.size_gib > 0 && base > disk.size_gib * kGib) {
        throw DriverError(
            DriverErrc::invalid,
            fmt::format("disk {} of {} GiB is smaller than its base image of {} bytes", disk.id, disk.size_gib, base));
    }
}

void make(const DiskSpec& disk, const std::string& file) {
    const std::string size = fmt::format("{}G", disk.size_gib);
    if (disk.backing_path.empty()) {
        qemu_img({"create", "-q", "-f", disk.format, file, size}, kQuick);
    } else if (disk.format == "qcow2") {
        std::vector<std::string> arguments = {
            "create", "-q", "-f", "qcow2", "-b", fs::absolute(disk.backing_path), "-F", disk.backing_format, file};
        if (disk.size_gib > 0) arguments.push_back(size);
        qemu_img(arguments, kQuick);
    } else {
        qemu_img({"convert", "-q", "-f", disk.backing_format, "-O", disk.format, disk.backing_path, file}, kCopy);
        if (disk.size_gib > 0) qemu_img({"resize", "-q", "-f", disk.format, file, size}, kQuick);
    }
}

}  // namespace

void ensure_disk(const DiskSpec& disk, bool may_grow) {
    if (!disk.path.empty() && fs::exists(disk.path)) {
        if (!may_grow || disk.size_gib == 0 || fs::is_block_file(disk.path)) return;
        if (virtual_size(disk.path, disk.format) < disk.size_gib * kGib) {
            qemu_img({"resize", "-q", "-f", disk.format, disk.path, fmt::format("{}G", disk.size_gib)}, kQuick);
        }
        return;
    }
    check(disk);
    std::error_code error;
    fs::create_directories(fs::path(disk.path).parent_path(), error);
    const std::string half = disk.path + ".making";
    fs::remove(half, error);
    make(disk, half);
    fs::rename(half, disk.path);
}

void copy_disk(const std::string& path, const std::string& format, const std::string& file) {
    qemu_img({"convert", "-q", "-U", "-f", format, "-O", "qcow2", path, file}, kCopy);
}

}  // namespace cumulet::hypervisor

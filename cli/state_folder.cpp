#include "cli/state_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace cumulet::cli {
namespace {

[[noreturn]] void fail(const fs::path& file, int error) {
    throw CommandError(fmt::format("{}: {}", file.string(), std::strerror(error)));
}

// Persists a rename: the entry lives in the folder, not in the file.
void sync_folder(const fs::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    fsync(descriptor);
    close(descriptor);
}

}  // namespace

StateFolder::StateFolder(const fs::path& path) : path_(fs::absolute(path).lexically_normal()) {
    // "var/" and "var" are one folder.
    if (!path_.has_filename()) path_ = path_.parent_path();
}

void StateFolder::create() const {
    for (const auto& folder : {path_, path_ / "config", tls(), run(), log(), path_ / "data"}) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) throw CommandError(fmt::format("cannot make {}: {}", folder.string(), error.message()));
    }
    // The folder itself stays passable: hypervisor and DHCP server run as other users and get to what they need below
    // data/.
    for (const auto& folder : {path_ / "config", tls(), run(), log()}) {
        std::error_code error;
        fs::permissions(folder, fs::perms::owner_all, error);
        if (error) throw CommandError(fmt::format("cannot protect {}: {}", folder.string(), error.message()));
    }
}

std::optional<StateLock> StateLock::try_take(const StateFolder& state) {
    const fs::path file = state.run() / "lock";
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) fail(file, errno);
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return StateLock(descriptor);
    const int error = errno;
    close(descriptor);
    if (error != EWOULDBLOCK) fail(file, error);
    return std::nullopt;
}

StateLock::StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

StateLock::~StateLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

void write_private_file(const fs::path& file, std::string_view content, Durability durability) {
    const fs::path fresh = file.string() + ".new";
    unlink(fresh.c_str());
    const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) fail(fresh, errno);
    while (!content.empty()) {
        const ssize_t written = write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int error = errno;
            close(descriptor);
            fail(fresh, error);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    const bool synced = durability == Durability::volatile_file || fsync(descriptor) == 0;
    const int error = errno;
    close(descriptor);
    if (!synced) fail(fresh, error);
    if (rename(fresh.c_str(), file.c_str()) != 0) fail(file, errno);
    if (durability == Durability::synced) sync_folder(file.parent_path());
}

std::optional<std::string> read_file_if_any(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        if (errno == ENOENT) return std::nullopt;
        fail(file, errno);
    }
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

}  // namespace cumulet::cli

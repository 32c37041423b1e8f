#include "hypervisor-drivers/libvirtd/pid_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

namespace cumulet::hypervisor {
namespace {

// A zombie that its parent has not fetched yet has ended all the same.
bool lives(pid_t pid) {
    if (::kill(pid, 0) != 0) return false;
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(stat, text);
    const auto after_name = text.rfind(") ");
    return after_name == std::string::npos || text.size() <= after_name + 2 || text[after_name + 2] != 'Z';
}

bool wait_for_end(pid_t pid, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (lives(pid)) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

}  // namespace

std::optional<pid_t> lock_holder(const std::filesystem::path& pid_file) {
    const int fd = ::open(pid_file.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    const int result = ::fcntl(fd, F_GETLK, &lock);
    ::close(fd);
    if (result != 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0) return std::nullopt;
    return lock.l_pid;
}

bool end_process(pid_t pid, int signal, std::chrono::milliseconds patience) {
    if (::kill(pid, signal) != 0) return true;
    if (wait_for_end(pid, patience)) return true;
    ::kill(pid, SIGKILL);
    return wait_for_end(pid, std::chrono::seconds(5));
}

}  // namespace cumulet::hypervisor

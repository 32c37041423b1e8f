#include "compute/agent/network/namespaces.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "compute/agent/network/netlink.hpp"

namespace cumulet::compute::agent::network {

namespace {

constexpr std::string_view kFolder = "/run/netns/";

std::string path_of(const std::string& name) { return std::string(kFolder) + name; }

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

// A name whose namespace was lost (killed between making the file and mounting) is an ordinary file.
bool is_namespace(const std::string& path) {
    struct statfs info {};
    return ::statfs(path.c_str(), &info) == 0 && info.f_type == NSFS_MAGIC;
}

// Runs on a thread of its own, because its namespace changes.
void on_own_thread(const std::function<void()>& work) {
    std::exception_ptr error;
    std::thread thread([&] {
        try {
            work();
        } catch (...) {
            error = std::current_exception();
        }
    });
    thread.join();
    if (error) std::rethrow_exception(error);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}
int Descriptor::release() { return std::exchange(fd_, -1); }
void Descriptor::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

std::vector<std::string> namespaces(std::string_view prefix) {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder, none))
        if (auto name = entry.path().filename().string(); name.starts_with(prefix)) names.push_back(std::move(name));
    return names;
}

void ensure_namespace(const std::string& name) {
    const auto path = path_of(name);
    if (is_namespace(path)) return;
    std::filesystem::create_directories(kFolder);
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0444));
    if (file.get() < 0) fail(path);
    on_own_thread([&] {
        if (::unshare(CLONE_NEWNET) != 0) fail("a new network namespace");
        if (::mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) != 0) fail("mounting " + path);
        Netlink netlink;
        netlink.set_up("lo");
    });
}

void remove_namespace(const std::string& name) {
    const auto path = path_of(name);
    while (is_namespace(path))
        if (::umount2(path.c_str(), MNT_DETACH) != 0) fail("unmounting " + path);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("removing " + path);
}

Descriptor open_namespace(const std::string& name) {
    Descriptor file(::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) fail(path_of(name));
    return file;
}

void run_in_namespace(const std::string& name, const std::function<void()>& work) {
    const auto target = open_namespace(name);
    on_own_thread([&] {
        if (::setns(target.get(), CLONE_NEWNET) != 0) fail("entering namespace " + name);
        work();
    });
}

}  // namespace cumulet::compute::agent::network

#include "hypervisor-drivers/libvirtd/private_libvirtd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "hypervisor-drivers/libvirtd/namespace_spawn.hpp"
#include "hypervisor-drivers/libvirtd/pid_file.hpp"

namespace cumulet::hypervisor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReaper = "/usr/bin/tini";
constexpr std::chrono::milliseconds kPatience = std::chrono::seconds(10);

// Held while daemons are started or stopped: two agents on one folder must not both do it.
class FolderLock {
public:
    explicit FolderLock(const fs::path& file) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (fd_ < 0 || ::flock(fd_, LOCK_EX) != 0) {
            throw DriverError(DriverErrc::failed, fmt::format("cannot lock {}", file.string()));
        }
    }
    ~FolderLock() { ::close(fd_); }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int fd_;
};

void write_file(const fs::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw DriverError(DriverErrc::failed, fmt::format("cannot write {}", file.string()));
}

std::string last_lines(const fs::path& file) {
    std::ifstream in(file);
    std::stringstream all;
    all << in.rdbuf();
    std::string text = all.str();
    if (text.size() > 600) text.erase(0, text.size() - 600);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.empty() ? "it said nothing" : text;
}

std::string random_uuid() {
    std::random_device random;
    const auto part = [&] { return random(); };
    return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:08x}{:04x}", part(), part() & 0xffff, part() & 0xfff,
                       part() & 0xfff, part(), part() & 0xffff);
}

// The identity of this "host" towards libvirt: kept, since migration compares it.
std::string host_uuid(const fs::path& folder) {
    const fs::path file = folder / "host_uuid";
    std::string uuid;
    if (std::ifstream in(file); in >> uuid) return uuid;
    uuid = random_uuid();
    write_file(file, uuid + "\n");
    return uuid;
}

std::string installed(const std::string& program) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/"}) {
        if (::access((folder + program).c_str(), X_OK) == 0) return folder + program;
    }
    throw DriverError(DriverErrc::unsupported, fmt::format("{} is not installed (package libvirt-daemon)", program));
}

bool takes_connections(const fs::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.string().size() >= sizeof(address.sun_path)) return false;
    socket.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool taken = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::close(fd);
    return taken;
}

}  // namespace

PrivateLibvirtd::PrivateLibvirtd(fs::path folder) : folder_(fs::absolute(std::move(folder))) {}

bool PrivateLibvirtd::exists() const { return fs::exists(folder_ / "etc" / "libvirtd.conf"); }

std::optional<pid_t> PrivateLibvirtd::libvirtd_pid() const { return lock_holder(folder_ / "libvirtd.pid"); }
std::optional<pid_t> PrivateLibvirtd::virtlogd_pid() const { return lock_holder(folder_ / "virtlogd.pid"); }

fs::path PrivateLibvirtd::reachable(const std::string& program, const char* name) const {
    const fs::path socket = folder_ / "run" / name;
    // A socket's path is bounded by the kernel; the daemon's own view of it is always short.
    if (socket.string().size() < sizeof(sockaddr_un::sun_path)) return socket;
    const auto pid = lock_holder(folder_ / (program + ".pid"));
    return pid ? fs::path(fmt::format("/proc/{}/root/run/libvirt/{}", *pid, name)) : socket;
}

std::string PrivateLibvirtd::uri() const {
    return "qemu+unix:///system?socket=" + reachable("libvirtd", "libvirt-sock").string();
}

void PrivateLibvirtd::write_configuration() const {
    for (const char* part : {"etc", "run", "lib", "cache", "log"}) fs::create_directories(folder_ / part);
    fs::permissions(folder_, fs::perms::owner_all);
    // Paths are those inside the mount namespace. Guests run as root like the daemon: there is no other user to give
    // the state folder to; seccomp still confines them.
    write_file(
        folder_ / "etc" / "libvirtd.conf",
        fmt::format("auth_unix_rw = \"none\"\nauth_unix_ro = \"none\"\nunix_sock_rw_perms = \"0700\"\n"
                    "unix_sock_ro_perms = \"0700\"\nhost_uuid = \"{}\"\nlog_level = 3\n"
                    "log_outputs = \"3:file:/var/log/libvirt/libvirtd.log\"\nmax_clients = 100\n"
                    // A call on a hung guest keeps a worker and a place in its connection until the guest is killed.
                    "max_workers = 100\nmax_client_requests = 100\nprio_workers = 10\n",
                    host_uuid(folder_)));
    write_file(
        folder_ / "etc" / "qemu.conf",
        "user = \"root\"\ngroup = \"root\"\ndynamic_ownership = 0\nremember_owner = 0\nsecurity_driver = \"none\"\n"
        "cgroup_controllers = []\nnamespaces = []\nstdio_handler = \"logd\"\nvnc_listen = \"127.0.0.1\"\nmax_core = "
        "0\n");
    write_file(
        folder_ / "etc" / "virtlogd.conf",
        "log_level = 3\nlog_outputs = \"3:file:/var/log/libvirt/virtlogd.log\"\nmax_size = 1048576\nmax_backups = 1\n");
    write_users();
}

// libvirtd does not start without its compiled-in user, which only the package libvirt-daemon-system makes, even when
// its configuration names another one: it is shown a list of users that has it.
void PrivateLibvirtd::write_users() const {
    const auto copy = [&](const char* from, const char* to, const std::string& extra) {
        std::ifstream in(from);
        std::stringstream text;
        text << in.rdbuf();
        std::string all = text.str();
        if (all.find("\nlibvirt-qemu:") == std::string::npos) all += extra;
        write_file(folder_ / to, all);
    };
    copy("/etc/passwd", "passwd", "libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin\n");
    copy("/etc/group", "group", "libvirt-qemu:x:64055:\n");
}

void PrivateLibvirtd::start(const std::string& program) const {
    const std::vector<BindMount> folders = {{folder_ / "etc", "/etc/libvirt"},
                                            {folder_ / "run", "/run/libvirt"},
                                            {folder_ / "lib", "/var/lib/libvirt"},
                                            {folder_ / "cache", "/var/cache/libvirt"},
                                            {folder_ / "log", "/var/log/libvirt"}};
    std::error_code error;
    for (const BindMount& mount : folders) {
        fs::create_directories(mount.to, error);
        if (error) {
            throw DriverError(DriverErrc::unsupported, fmt::format("cannot make {} for a libvirtd of our own: {}",
                                                                   mount.to.string(), error.message()));
        }
    }
    std::vector<BindMount> mounts = folders;
    mounts.push_back({folder_ / "passwd", "/etc/passwd"});
    mounts.push_back({folder_ / "group", "/etc/group"});
    const std::string path = installed(program);
    std::vector<std::string> command = {path, "-f", fmt::format("/etc/libvirt/{}.conf", program), "-p",
                                        folder_ / (program + ".pid")};
    // libvirt waits for the end of a QEMU until somebody fetched its exit status. QEMUs are orphans, and process 1 of a
    // container may take its time or never do it.
    if (::access(kReaper, X_OK) == 0) command.insert(command.begin(), {kReaper, "-s", "--"});
    switch (spawn_in_namespace(mounts, command, folder_ / "start.log")) {
        case SpawnFailure::none:
            return;
        case SpawnFailure::may_not_mount:
            throw DriverError(DriverErrc::unsupported,
                              fmt::format("{} needs a mount namespace of its own, which only root may make", path));
        default:
            throw DriverError(DriverErrc::failed, fmt::format("{} cannot be started", path));
    }
}

// A daemon may end while it starts: its socket alone says that it works.
void PrivateLibvirtd::wait_until_it_listens(const std::string& program, const char* socket) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const fs::path pid_file = folder_ / (program + ".pid");
    for (bool seen = false; !takes_connections(reachable(program, socket));) {
        const bool runs = lock_holder(pid_file).has_value();
        if ((seen && !runs) || std::chrono::steady_clock::now() > deadline) {
            throw DriverError(DriverErrc::failed,
                              fmt::format("{} does not run: {} {}", program, last_lines(folder_ / "start.log"),
                                          last_lines(folder_ / "log" / (program + ".log"))));
        }
        seen = runs;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void PrivateLibvirtd::ensure_running() {
    if (libvirtd_pid() && virtlogd_pid()) return;
    fs::create_directories(folder_);
    const FolderLock lock(folder_ / "lock");
    if (!libvirtd_pid() && !virtlogd_pid()) write_configuration();
    if (!virtlogd_pid()) start("virtlogd");
    wait_until_it_listens("virtlogd", "virtlogd-sock");
    if (!libvirtd_pid()) start("libvirtd");
    wait_until_it_listens("libvirtd", "libvirt-sock");
}

std::vector<pid_t> PrivateLibvirtd::guest_pids() const {
    std::vector<pid_t> pids;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_ / "run" / "qemu", error)) {
        if (entry.path().extension() != ".pid") continue;
        pid_t pid = 0;
        if (std::ifstream in(entry.path()); !(in >> pid)) continue;
        std::ifstream cmdline(fmt::format("/proc/{}/cmdline", pid));
        std::stringstream words;
        words << cmdline.rdbuf();
        // The id may belong to somebody else by now: the guest's name is on QEMU's command line.
        if (words.str().find("guest=" + entry.path().stem().string()) != std::string::npos) pids.push_back(pid);
    }
    return pids;
}

void PrivateLibvirtd::stop_guests() {
    for (const pid_t pid : guest_pids()) {
        if (!end_process(pid, SIGTERM, kPatience)) {
            throw DriverError(DriverErrc::failed, fmt::format("guest process {} does not end", pid));
        }
    }
}

void PrivateLibvirtd::stop() {
    if (!fs::exists(folder_)) return;
    const FolderLock lock(folder_ / "lock");
    if (const auto pid = libvirtd_pid()) end_process(*pid, SIGTERM, kPatience);
    if (const auto pid = virtlogd_pid(); pid && guest_pids().empty()) end_process(*pid, SIGTERM, kPatience);
}

}  // namespace cumulet::hypervisor

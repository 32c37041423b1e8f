#include "compute/agent/network/dnsmasq.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "compute/agent/network/namespaces.hpp"

namespace cumulet::compute::agent::network {

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Whole or not at all; true when the contents were others before.
bool write_file(const fs::path& path, const std::string& text) {
    if (fs::exists(path) && read_file(path) == text) return false;
    const auto next = path.string() + ".new";
    {
        std::ofstream out(next, std::ios::binary | std::ios::trunc);
        out << text;
        if (!out.flush()) throw std::runtime_error("writing " + next);
    }
    fs::permissions(next, fs::perms(0644));
    fs::rename(next, path);
    return true;
}

std::string command_line(int pid) { return read_file("/proc/" + std::to_string(pid) + "/cmdline"); }

std::string as_command_line(const std::string& program, const std::vector<std::string>& arguments) {
    std::string out = program + '\0';
    for (const auto& argument : arguments) out += argument + '\0';
    return out;
}

// Runs the program until it has put itself into the background.
void launch(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    char* environment[] = {path, nullptr};
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    for (int fd : {0, 1, 2}) ::posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&files, 3);
    // A daemon of ours blocks the signals it waits for; dnsmasq must get its SIGHUP and SIGTERM.
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t pid = 0;
    const int error = ::posix_spawnp(&pid, program.c_str(), &files, &attributes, argv.data(), environment);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::system_error(error, std::generic_category(), program);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error(
            fmt::format("{} did not start: exit status {}", program, WIFEXITED(status) ? WEXITSTATUS(status) : -1));
}

bool gone_within(int pid, int timeout_ms) {
    const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (process.get() < 0) return true;
    pollfd waiting{process.get(), POLLIN, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
}

}  // namespace

Dnsmasq::Dnsmasq(std::string program, fs::path folder, std::string name_space)
    : program_(std::move(program)), folder_(std::move(folder)), namespace_(std::move(name_space)) {}

int Dnsmasq::running_pid() const {
    const auto text = read_file(folder_ / "pid");
    const int pid = std::atoi(text.c_str());
    // The number may be another process's by now.
    if (pid <= 0 || command_line(pid).find("--pid-file=" + (folder_ / "pid").string()) == std::string::npos) return 0;
    return pid;
}

void Dnsmasq::ensure(const DhcpConfig& config) {
    fs::create_directories(folder_);
    // dnsmasq gives up root, and reads these again afterwards.
    fs::permissions(folder_.parent_path(), fs::perms(0755));
    fs::permissions(folder_, fs::perms(0755));
    const bool hosts_changed = write_file(folder_ / "hosts", config.hosts);
    const bool options_changed = write_file(folder_ / "options", config.options);
    const int pid = running_pid();
    if (pid != 0 && command_line(pid) == as_command_line(program_, config.arguments)) {
        if (hosts_changed || options_changed) ::kill(pid, SIGHUP);
        return;
    }
    stop();
    start(config);
}

void Dnsmasq::start(const DhcpConfig& config) {
    run_in_namespace(namespace_, [&] { launch(program_, config.arguments); });
}

void Dnsmasq::stop() {
    const int pid = running_pid();
    if (pid == 0) return;
    ::kill(pid, SIGTERM);
    if (gone_within(pid, 2000)) return;
    ::kill(pid, SIGKILL);
    gone_within(pid, 2000);
}

void Dnsmasq::remove() {
    stop();
    std::error_code none;
    fs::remove_all(folder_, none);
}

}  // namespace cumulet::compute::agent::network

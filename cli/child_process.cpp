#include "cli/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

namespace cumulet::cli {
namespace {

// Runs in the child between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* command, char* const* variables, int output, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(126);  // the parent died before the line above
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    // A session of its own: Ctrl-C at the terminal reaches the supervisor alone, which then stops all in order.
    setsid();
    const int input = open("/dev/null", O_RDONLY);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvpe(command[0], command, variables);
    constexpr char kMessage[] = "cannot be executed\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
    _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> list;
    for (auto& word : words) list.push_back(word.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

pid_t launch(const Launch& launch) {
    const int output = open(launch.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (output < 0) throw CommandError(fmt::format("{}: {}", launch.output.string(), std::strerror(errno)));
    std::vector<std::string> words = launch.command;
    std::vector<std::string> settings;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view name = std::string_view(*entry).substr(0, std::string_view(*entry).find('='));
        if (!launch.environment.contains(std::string(name))) settings.emplace_back(*entry);
    }
    for (const auto& [name, value] : launch.environment) settings.push_back(name + "=" + value);
    const auto command = pointers(words);
    const auto variables = pointers(settings);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) become(command.data(), variables.data(), output, parent);
    const int error = errno;
    close(output);
    if (pid < 0) throw CommandError(fmt::format("cannot start {}: {}", words[0], std::strerror(error)));
    return pid;
}

std::optional<std::uint64_t> start_ticks(pid_t pid) {
    std::ifstream stream(fmt::format("/proc/{}/stat", pid));
    std::string line;
    if (!std::getline(stream, line)) return std::nullopt;
    // The second field is the name in parentheses and may hold anything; state is the third, start time the 22nd.
    const auto end_of_name = line.rfind(')');
    if (end_of_name == std::string::npos) return std::nullopt;
    std::istringstream fields(line.substr(end_of_name + 2));
    std::string state;
    fields >> state;
    if (state == "Z" || state == "X") return std::nullopt;
    std::string skipped;
    for (int i = 4; i < 22; ++i) fields >> skipped;
    std::uint64_t ticks = 0;
    fields >> ticks;
    return fields ? std::optional(ticks) : std::nullopt;
}

std::optional<std::uint64_t> resident_bytes(pid_t pid) {
    std::ifstream stream(fmt::format("/proc/{}/statm", pid));
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (!(stream >> size >> resident)) return std::nullopt;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void see_off(pid_t pid, std::uint64_t started_ticks, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const auto is_there = [&] { return start_ticks(pid) == started_ticks; };
    for (bool killed = false; is_there();) {
        if (!killed && std::chrono::steady_clock::now() > deadline) {
            kill(pid, SIGKILL);
            killed = true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::string describe_end(int wait_status) {
    if (WIFEXITED(wait_status)) return fmt::format("exit code {}", WEXITSTATUS(wait_status));
    return fmt::format("signal {} ({})", WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
}

std::string tail(const fs::path& file, std::size_t lines) {
    std::ifstream stream(file, std::ios::binary | std::ios::ate);
    if (!stream) return "";
    constexpr std::streamoff kMost = 16 * 1024;
    const std::streamoff size = stream.tellg();
    stream.seekg(std::max<std::streamoff>(size - kMost, 0));
    std::deque<std::string> last;
    for (std::string line; std::getline(stream, line);) {
        last.push_back(line);
        if (last.size() > lines) last.pop_front();
    }
    std::string text;
    for (const auto& line : last) text += "  " + line + "\n";
    return text;
}

}  // namespace cumulet::cli

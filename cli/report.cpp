#include "cli/report.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cumulet::cli {
namespace {

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // nobody listens any more: the cloud goes on
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

// Prints what comes, up to a zero byte, which is followed by the exit code.
[[noreturn]] void wait_and_print(int descriptor) {
    std::string text;
    char buffer[4096];
    while (true) {
        const ssize_t got = read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer, static_cast<std::size_t>(got));
        const auto end = text.find('\0');
        write_all(STDOUT_FILENO, std::string_view(text).substr(0, end));
        if (end != std::string::npos && end + 1 < text.size()) _exit(text[end + 1]);
        text.erase(0, std::min(end, text.size()));
    }
    write_all(STDERR_FILENO, "cumulet: the background process ended unexpectedly\n");
    _exit(1);
}

}  // namespace

void Report::say(std::string_view text) const { write_all(descriptor_, text); }

void Report::conclude(int exit_code) {
    if (descriptor_ == STDOUT_FILENO) return;
    const char last[] = {'\0', static_cast<char>(exit_code)};
    write_all(descriptor_, {last, sizeof last});
    close(descriptor_);
    descriptor_ = STDOUT_FILENO;
}

Report detach(const fs::path& log) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw CommandError(fmt::format("pipe: {}", std::strerror(errno)));
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (output < 0) throw CommandError(fmt::format("{}: {}", log.string(), std::strerror(errno)));
    const pid_t pid = fork();
    if (pid < 0) throw CommandError(fmt::format("fork: {}", std::strerror(errno)));
    if (pid > 0) {
        close(ends[1]);
        wait_and_print(ends[0]);
    }
    close(ends[0]);
    setsid();
    const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close(output);
    close(input);
    return Report(ends[1]);
}

}  // namespace cumulet::cli

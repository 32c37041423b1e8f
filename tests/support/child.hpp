// A process that a test starts and surely ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cumulet::test {

// The kernel kills the process when the thread that started it dies, so a killed test leaves none behind.
class Child {
public:
    // Standard output and error go to `output` (a file; empty: /dev/null). Throws std::system_error when it cannot be
    // started.
    explicit Child(const std::vector<std::string>& command, const std::string& output = "",
                   const std::vector<std::pair<std::string, std::string>>& environment = {});
    ~Child();  // kill -9
    Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}
    Child& operator=(Child&&) = delete;

    pid_t pid() const { return pid_; }
    void signal(int number) const;
    // Whether it still runs; afterwards status() tells how it ended.
    bool is_running();
    // Waits for its end: the exit code, or 128 + the number of the signal.
    int wait();

private:
    pid_t pid_ = -1;
    int status_ = -1;
};

// A TCP port on 127.0.0.1 that nobody listens on just now, outside the range that the kernel hands out by itself.
std::uint16_t free_port();
// Whether a listener could be put on 127.0.0.1:port just now.
bool is_free(std::uint16_t port);

// Whether somebody accepts connections on 127.0.0.1:port.
bool is_listening(std::uint16_t port);

}  // namespace cumulet::test

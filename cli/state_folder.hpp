// The folder of one cloud: what lies where in it, who may read it, and who runs it just now.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cumulet::cli {

namespace fs = std::filesystem;

// A message for the operator; main prints it and exits with 1.
class CommandError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class StateFolder {
public:
    // Makes the path absolute, touches nothing.
    explicit StateFolder(const fs::path& path);

    // Makes the folder and those in it, for the owner alone. Throws CommandError.
    void create() const;
    bool exists() const { return fs::is_directory(path_); }

    const fs::path& path() const { return path_; }
    fs::path config_file() const { return path_ / "config" / "cumulet.toml"; }
    fs::path choices_file() const { return path_ / "config" / "up.json"; }
    fs::path secrets_file() const { return path_ / "config" / "secrets.json"; }
    fs::path bootstrap_file() const { return path_ / "config" / "bootstrap.json"; }
    fs::path admin_password_file() const { return path_ / "admin-password"; }
    fs::path tls() const { return path_ / "tls"; }
    fs::path run() const { return path_ / "run"; }
    fs::path log() const { return path_ / "log"; }
    // Where a daemon keeps its own state.
    fs::path data(std::string_view daemon) const { return path_ / "data" / daemon; }
    fs::path pid_file(std::string_view process) const { return run() / (std::string(process) + ".pid"); }
    fs::path ready_file(std::string_view process) const { return run() / (std::string(process) + ".ready"); }
    fs::path control_socket(std::string_view process) const { return run() / (std::string(process) + ".control"); }
    fs::path log_file(std::string_view process) const { return log() / (std::string(process) + ".log"); }
    fs::path status_file() const { return run() / "status.json"; }

private:
    fs::path path_;
};

// Held by the supervisor of a state folder; the kernel lets go of it when the last process that has it ends.
class StateLock {
public:
    // nullopt when another process holds it. Throws CommandError when the lock file cannot be opened.
    static std::optional<StateLock> try_take(const StateFolder& state);
    ~StateLock();
    StateLock(StateLock&& other) noexcept;
    StateLock& operator=(StateLock&&) = delete;

private:
    explicit StateLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

enum class Durability {
    synced,        // survives a power cut: secrets
    volatile_file  // made again after one: pids, status, what is derived from secrets and choices
};

// Files that only their owner may read; written beside and renamed, so that a reader never sees half. Throws
// CommandError.
void write_private_file(const fs::path& file, std::string_view content, Durability durability = Durability::synced);
// nullopt when there is none. Throws CommandError when it cannot be read.
std::optional<std::string> read_file_if_any(const fs::path& file);

}  // namespace cumulet::cli

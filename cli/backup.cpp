#include "cli/backup.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/child_process.hpp"
#include "cli/process_table.hpp"
#include "cli/status.hpp"
#include "cli/up.hpp"
#include "common/daemon/control.hpp"

namespace cumulet::cli {
namespace {

constexpr const char* kFormatFile = "cumulet-backup.json";
constexpr int kFormat = 1;

// Removes a half-made folder unless told that it is whole.
class Unfinished {
public:
    explicit Unfinished(fs::path folder) : folder_(std::move(folder)) {}
    ~Unfinished() {
        std::error_code ignored;
        if (!folder_.empty()) fs::remove_all(folder_, ignored);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    void finished() { folder_.clear(); }

private:
    fs::path folder_;
};

void copy_folder(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy(from, to, fs::copy_options::recursive, error);
    if (error) throw CommandError(fmt::format("copying {} to {}: {}", from.string(), to.string(), error.message()));
}

void check_format(const fs::path& source) {
    const auto text = read_file_if_any(source / kFormatFile);
    if (!text) throw CommandError(fmt::format("{} is no whole backup: {} is missing", source.string(), kFormatFile));
    const auto json = nlohmann::json::parse(*text, nullptr, false);
    if (!json.is_object() || json.value("format", 0) != kFormat)
        throw CommandError(fmt::format("{} is a backup of a format that this version does not read", source.string()));
}

void restore_daemon(const CloudPlan& plan, const std::string& daemon, const fs::path& from) {
    const pid_t pid = launch({.command = {(plan.programs / daemon).string(), "--config", plan.state.config_file(),
                                          "--restore", (from / daemon).string()},
                              .environment = {},
                              .output = plan.state.log_file(daemon)});
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0)
        throw CommandError(fmt::format("{} could not be restored ({}):\n{}", daemon, describe_end(status),
                                       tail(plan.state.log_file(daemon), 10)));
}

}  // namespace

int backup(const StateFolder& state, const fs::path& target) {
    const fs::path folder = fs::absolute(target).lexically_normal();
    if (fs::exists(folder)) throw CommandError(folder.string() + " exists already");
    if (cloud_status(state)["state"] != "ready")
        throw CommandError("the cloud is not up: a copy of a stopped cloud is a copy of " + state.path().string());
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw CommandError(fmt::format("cannot make {}: {}", folder.string(), error.message()));
    Unfinished unfinished(folder);
    fs::permissions(folder, fs::perms::owner_all);
    for (const auto& daemon : daemons_of(load_choices(state))) {
        try {
            daemon::ask_daemon(state.control_socket(daemon),
                               {{"command", "backup"}, {"folder", (folder / daemon).string()}});
        } catch (const std::exception& failure) {
            throw CommandError(fmt::format("{}: {}", daemon, failure.what()));
        }
    }
    copy_folder(state.path() / "config", folder / "config");
    copy_folder(state.tls(), folder / "tls");
    // Written last: without it the folder is no backup.
    write_private_file(folder / kFormatFile, nlohmann::json{{"format", kFormat}}.dump() + "\n");
    unfinished.finished();
    fmt::print("The backup is in {}.\n", folder.string());
    return 0;
}

int restore(const StateFolder& state, const fs::path& source, const fs::path& programs) {
    const fs::path folder = fs::absolute(source).lexically_normal();
    check_format(folder);
    if (state.exists() && !fs::is_empty(state.path())) throw CommandError(state.path().string() + " is not empty");
    Unfinished unfinished(state.path());
    fs::create_directories(state.path());
    copy_folder(folder / "config", state.path() / "config");
    copy_folder(folder / "tls", state.tls());
    const CloudPlan plan = prepare(state, load_choices(state), programs);
    for (const auto& daemon : daemons_of(plan.choices)) restore_daemon(plan, daemon, folder);
    unfinished.finished();
    fmt::print("{} is restored; `cumulet --state {} up` starts it.\n", state.path().string(), state.path().string());
    return 0;
}

}  // namespace cumulet::cli

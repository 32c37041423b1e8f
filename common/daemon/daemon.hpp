// The skeleton of every daemon. A daemon's main.cpp is
//
//     int main(int argc, char** argv) {
//         return cumulet::daemon::run({.name = "cumulet-identity",
//                                      .summary = "The identity service (Keystone v3).",
//                                      .section = "identity",
//                                      .keys = cumulet::identity::config_keys(),
//                                      .build = cumulet::identity::build_components},
//                                     argc, argv);
//     }
//
// and `build_components(Platform&)` returns what is to be started, lowest first. Each component owns its threads,
// listeners and background tasks, and its stop() ends them all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/bus/bus.hpp"
#include "common/http/io.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/config.hpp"
#include "common/runtime/ids.hpp"
#include "common/runtime/metrics.hpp"

namespace cumulet::daemon {

class Component {
public:
    virtual ~Component() = default;
    // Runs on the main thread. Throwing ends the daemon with that message; what was started before is stopped.
    virtual void start() = 0;
    // Called once after start() returned, in the reverse order of starting. Blocks until everything of it has ended.
    virtual void stop() = 0;
    // SIGHUP: read files again that are named in the configuration (policies, certificates). Throwing is logged.
    virtual void reload() {}
};

// What the skeleton lends to the components. Lives longer than they do. Any thread, unless said otherwise.
class Platform {
public:
    virtual ~Platform() = default;
    virtual const runtime::Config& config() const = 0;
    virtual http::Io& io() = 0;
    virtual runtime::Metrics& metrics() = 0;
    virtual bus::Bus& bus() = 0;
    virtual Clock& clock() = 0;
    virtual Random& random() = 0;

    // A listener is up: goes into the ready file and so into `cumulet status`. `name` is the API's ("identity",
    // "image").
    virtual void announce_port(const std::string& name, std::uint16_t port) = 0;
    // Asked by /healthcheck on an io thread: nullopt when well, else what is wrong.
    virtual void add_health_check(const std::string& name, std::function<std::optional<std::string>()> check) = 0;
    // `cumulet backup`: writes a consistent copy of what this component keeps into the folder `target`, which does not
    // exist yet, while the daemon works. Runs on the main thread; throwing tells the operator why there is no backup.
    virtual void add_backup(const std::string& name,
                            std::function<void(const std::filesystem::path& target)> write) = 0;
    // What `name` on the control socket does: takes the request, gives the answer. Runs on the main thread, between
    // start and stop of the components; what it throws is told to whoever asked.
    virtual void add_command(const std::string& name,
                             std::function<nlohmann::json(const nlohmann::json& request)> obey) = 0;
    // This daemon cannot go on (the store is corrupt, …): stops it in order and makes it exit with a failure.
    virtual void fail(const std::string& why) = 0;
};

// Something the program does instead of serving: `<program> --config FILE <name> ARGUMENT...`.
struct Command {
    std::string name;
    std::string summary;  // one line, for --help
    // Returns the exit code; what it throws is printed.
    std::function<int(const runtime::Config&, const std::vector<std::string>& arguments)> run;
};

using Components = std::vector<std::unique_ptr<Component>>;

struct Program {
    std::string name;     // of the binary
    std::string summary;  // one line, for --help
    std::string section;  // of the configuration: <section>.admin_port and the like are added to `keys`
    std::vector<runtime::KeyDescription> keys;
    std::function<Components(Platform&)> build;
    // `--restore FOLDER`: brings back into the folders that the configuration names what the add_backup() functions
    // wrote to FOLDER/<name>. Nothing of the daemon runs meanwhile. Throws when there is something already. Unset:
    // nothing is kept.
    std::function<void(const runtime::Config&, const std::filesystem::path& from)> restore = nullptr;
    std::vector<Command> commands = {};
};

// Reads flags and configuration, starts everything, waits for SIGTERM or SIGINT, stops everything. Returns what main
// returns: 0 after an ordered stop, 1 when something failed, 2 when flags or configuration are wrong. One call a
// process.
int run(const Program& program, int argc, char** argv);

}  // namespace cumulet::daemon

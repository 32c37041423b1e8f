#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/daemon/admin.hpp"
#include "common/daemon/control.hpp"
#include "common/daemon/daemon.hpp"
#include "common/daemon/keys.hpp"
#include "common/daemon/options.hpp"
#include "common/daemon/process.hpp"
#include "common/daemon/ready.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::daemon {
namespace {

std::unique_ptr<bus::Bus> make_bus(const runtime::Config& config) {
    if (config.get(kBusUrl).empty()) return bus::make_in_process();
    return bus::make_nats({.url = config.get(kBusUrl),
                           .user = config.get(kBusUser),
                           .password = config.get(kBusPassword),
                           .token = config.get(kBusToken),
                           .ca_file = config.get(kBusCaFile),
                           .cert_file = config.get(kBusCertFile),
                           .key_file = config.get(kBusKeyFile),
                           .tls_name = config.get(kBusTlsName)});
}

class Process final : public Platform {
public:
    Process(runtime::Config config, const SectionKeys& keys)
        : config_(std::move(config)),
          io_(static_cast<unsigned>(std::max<std::int64_t>(config_.get(keys.io_threads), 1))),
          bus_(make_bus(config_)) {}

    const runtime::Config& config() const override { return config_; }
    http::Io& io() override { return io_; }
    runtime::Metrics& metrics() override { return metrics_; }
    bus::Bus& bus() override { return *bus_; }
    Clock& clock() override { return clock_; }
    Random& random() override { return random_; }
    Health& health() { return health_; }

    void announce_port(const std::string& name, std::uint16_t port) override {
        const std::lock_guard lock(mutex_);
        ports_[name] = port;
    }
    std::map<std::string, std::uint16_t> ports() const {
        const std::lock_guard lock(mutex_);
        return ports_;
    }
    void add_health_check(const std::string& name, HealthCheck check) override { health_.add(name, std::move(check)); }
    void add_backup(const std::string& name, std::function<void(const std::filesystem::path&)> write) override {
        const std::lock_guard lock(mutex_);
        backups_[name] = std::move(write);
    }
    void add_command(const std::string& name, ControlHandler obey) override {
        const std::lock_guard lock(mutex_);
        commands_[name] = std::move(obey);
    }
    // Main thread, between start and stop of the components.
    nlohmann::json obey(const nlohmann::json& request) const {
        const std::lock_guard lock(mutex_);
        const auto found = commands_.find(request.value("command", ""));
        if (found != commands_.end()) return found->second(request);
        std::string known = "backup";
        for (const auto& [name, handler] : commands_) known += ", " + name;
        throw std::runtime_error("the commands are: " + known);
    }
    // Main thread, between start and stop of the components.
    void back_up(const std::filesystem::path& folder) const {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, write] : backups_) write(folder / name);
    }
    void fail(const std::string& why) override {
        log::error("{}; stopping", why);
        failed_ = true;
        ask_to_stop();
    }
    bool has_failed() const { return failed_; }

private:
    const runtime::Config config_;
    SystemClock clock_;
    SystemRandom random_;
    runtime::Metrics metrics_;
    Health health_;
    mutable std::mutex mutex_;
    std::map<std::string, std::uint16_t> ports_;
    std::map<std::string, std::function<void(const std::filesystem::path&)>> backups_;
    std::map<std::string, ControlHandler> commands_;
    std::atomic<bool> failed_ = false;
    http::Io io_;
    std::unique_ptr<bus::Bus> bus_;
};

// Components in the order of their starting; stops what was started, last first, whatever happens.
class Started {
public:
    explicit Started(Components components) : components_(std::move(components)) {}
    ~Started() { stop(); }

    void start() {
        for (; running_ < components_.size(); ++running_) components_[running_]->start();
    }
    void reload() {
        for (auto& component : components_) attempt("reload", [&] { component->reload(); });
    }
    void stop() {
        while (running_ > 0) {
            --running_;
            attempt("stop", [&] { components_[running_]->stop(); });
        }
    }
    // Last first, as they were stopped.
    void destroy() {
        while (!components_.empty()) components_.pop_back();
    }

private:
    template <class Work>
    static void attempt(std::string_view what, Work&& work) {
        try {
            work();
        } catch (const std::exception& failure) {
            log::error("{} failed: {}", what, failure.what());
        }
    }

    Components components_;
    std::size_t running_ = 0;
};

void say_ready(const Program& program, const Process& process) {
    if (const char* file = std::getenv("CUMULET_READY_FILE")) write_ready_file(file, program.name, process.ports());
    notify_systemd("READY=1");
    std::string ports;
    for (const auto& [name, port] : process.ports()) ports += fmt::format(" {}={}", name, port);
    log::info("ready:{}", ports);
}

nlohmann::json obey(const Process& process, const nlohmann::json& request) {
    if (request.value("command", "") != "backup") return process.obey(request);
    const std::filesystem::path folder = request.at("folder").get<std::string>();
    if (!folder.is_absolute()) throw std::runtime_error("'folder' wants an absolute path");
    log::info("backup to {}", folder.string());
    std::filesystem::create_directory(folder);
    process.back_up(folder);
    return {{"done", true}};
}

void reload(Started& components) {
    notify_systemd("RELOADING=1");
    log::reopen();
    components.reload();
    log::info("reloaded");
    notify_systemd("READY=1");
}

void wait_until_asked_to_stop(int signals, const Process& process, Started& components) {
    std::optional<ControlSocket> control;
    if (const char* path = std::getenv("CUMULET_CONTROL_SOCKET"))
        control.emplace(path, [&process](const nlohmann::json& request) { return obey(process, request); });
    while (true) {
        pollfd watched[] = {{signals, POLLIN, 0}, {control ? control->descriptor() : -1, POLLIN, 0}};
        poll(watched, 2, -1);
        if (watched[1].revents != 0) control->serve_one();
        const int number = next_signal(signals);
        if (number == SIGHUP)
            reload(components);
        else if (number != 0)
            return;
    }
}

std::uint16_t port_of(const runtime::Config& config, const runtime::Key<std::int64_t>& key) {
    const auto port = config.get(key);
    if (port < 0 || port > 65'535)
        throw runtime::ConfigError(fmt::format("'{}' wants a port (0 to 65535), not {}", key.name, port));
    return static_cast<std::uint16_t>(port);
}

int serve(const Program& program, const SectionKeys& keys, runtime::Config config, int signals) {
    const auto stop_limit = std::chrono::seconds(config.get(kStopTimeout));
    const std::uint16_t admin_port = port_of(config, keys.admin_port);
    Process process(std::move(config), keys);
    Admin admin(process.io(), process.config().get(keys.admin_address), admin_port, process.health(),
                process.metrics());
    process.announce_port("admin", admin.port());
    std::string why;
    {
        Started components(program.build(process));
        try {
            components.start();
            process.health().set_state("running");
            say_ready(program, process);
            wait_until_asked_to_stop(signals, process, components);
        } catch (const std::exception& failure) {
            why = failure.what();
        }
        notify_systemd("STOPPING=1");
        process.health().set_state("stopping");
        limit_remaining_life(stop_limit);
        components.stop();
        admin.stop();
        process.io().stop();
        components.destroy();
    }
    if (!why.empty()) log::error("cannot start: {}", why);
    log::info("stopped");
    return why.empty() && !process.has_failed() ? 0 : 1;
}

log::Options log_options(const runtime::Config& config) {
    const auto level = log::parse_level(config.get(kLogLevel));
    if (!level)
        throw runtime::ConfigError("'log.level' wants debug, info, warning or error, not '" + config.get(kLogLevel) +
                                   "'");
    return {.level = *level, .json = config.get(kLogJson), .file = config.get(kLogFile)};
}

}  // namespace

int run(const Program& program, int argc, char** argv) {
    const SectionKeys section(program.section);
    std::vector<runtime::KeyDescription> keys = common_keys();
    for (auto& key : section.describe_all()) keys.push_back(std::move(key));
    keys.insert(keys.end(), program.keys.begin(), program.keys.end());
    Options options = read_options(program, keys, argc, argv);
    if (options.exit_code) return *options.exit_code;

    keep_little_memory();
    const int signals = take_signals();
    umask(0027);
    try {
        log::configure(program.name, log_options(options.config));
        raise_file_limit(options.config.get(kOpenFiles));
        become_user(options.config.get(kUser));
        if (!options.restore_from.empty()) {
            if (program.restore) program.restore(options.config, options.restore_from);
            return 0;
        }
        if (options.command) return options.command->run(options.config, options.arguments);
        return serve(program, section, std::move(options.config), signals);
    } catch (const runtime::ConfigError& error) {
        log::error("{}", error.what());
        return 2;
    } catch (const std::exception& error) {
        log::error("{}", error.what());
        return 1;
    }
}

}  // namespace cumulet::daemon

#include "compute/agent/components.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "common/runtime/worker_pool.hpp"
#include "common/store/engine.hpp"
#include "compute/agent/config.hpp"
#include "compute/agent/config_drive.hpp"
#include "compute/agent/executor.hpp"
#include "compute/agent/guest_listener.hpp"
#include "compute/agent/http_control_plane.hpp"
#include "compute/agent/image_cache.hpp"
#include "compute/agent/network/host_network.hpp"
#include "compute/agent/network/metadata_proxy.hpp"
#include "compute/agent/runner.hpp"
#include "hypervisor-drivers/plugin.hpp"

namespace cumulet::compute::agent {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSimulated = "sim";
constexpr auto kStopPatience = std::chrono::seconds(5);

std::string common_name_of(const std::string& cert_file) {
    if (cert_file.empty()) return "";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(cert_file.c_str(), "re"), &std::fclose);
    if (!file) throw std::runtime_error(cert_file + ": cannot be read");
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr),
                                                                  &X509_free);
    if (!certificate) throw std::runtime_error(cert_file + ": is no certificate");
    char name[256] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
    return name;
}

std::string machine_name() {
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    return name;
}

std::string first_line(const fs::path& file) {
    std::string line;
    std::ifstream in(file);
    std::getline(in, line);
    return line;
}

// Whether the machine was started anew since an agent last ran with this state folder.
bool machine_rebooted(const fs::path& state) {
    const auto boot = first_line("/proc/sys/kernel/random/boot_id");
    const auto note = state / "boot_id";
    const auto before = first_line(note);
    std::ofstream(note, std::ios::trunc) << boot << '\n';
    return !before.empty() && before != boot;
}

hypervisor::Settings driver_settings(const runtime::Config& config) {
    hypervisor::Settings settings;
    for (const auto& item : config.get(kDriverSettings)) {
        const auto equals = item.find('=');
        if (equals == std::string::npos)
            throw std::runtime_error("agent.driver_settings: '" + item + "' is not name=value");
        settings[item.substr(0, equals)] = item.substr(equals + 1);
    }
    return settings;
}

std::map<std::string, std::string> drive_files(const nlohmann::json& instance) {
    std::map<std::string, std::string> files;
    if (instance.is_object())
        for (const auto& [path, content] : instance.items()) {
            if (!content.is_string()) continue;
            // What is no UTF-8 travels in base64.
            constexpr std::string_view kEncoded = ";base64";
            if (!path.ends_with(kEncoded))
                files[path] = content.get<std::string>();
            else if (auto bytes = text::from_base64(content.get<std::string>()))
                files[path.substr(0, path.size() - kEncoded.size())] = *bytes;
        }
    return files;
}

}  // namespace

class AgentComponent final : public daemon::Component {
public:
    explicit AgentComponent(daemon::Platform& platform)
        : platform_(platform),
          config_(platform.config()),
          state_(config_.get(kStateDir)),
          simulated_(config_.get(kDriver) == kSimulated),
          runner_(platform.clock()),
          workers_({.name = "guests", .threads = 2, .max_queued = 100}),
          executor_(static_cast<unsigned>(config_.get(kThreads))) {}

    void start() override {
        fs::create_directories(guests_folder());
        // What an agent that died was sending.
        fs::remove_all(scratch_folder());
        rebooted_ = machine_rebooted(state_);
        const auto names = host_names();
        client_ = std::make_unique<http::Client>(platform_.io(), client_options());
        control_ = std::make_unique<HttpControlPlane>(*client_, config_.get(kComputeUrl));
        if (!simulated_)
            images_ = std::make_unique<ImageCache>(
                state_ / "images", guests_folder(), static_cast<std::uint64_t>(config_.get(kImageCache)) << 30,
                [this](const std::string& id, const std::function<void(std::string_view)>& sink) {
                    control_->download_image(id, sink);
                });
        for (const auto& name : names) sources_.by_host[name] = load(name);
        listen();
        make_network();
        for (const auto& name : names) add_agent(name);
        subscribe(names);
        const auto threads = std::clamp<std::size_t>(names.size(), 1, 4);
        runner_.start(static_cast<unsigned>(threads));
        log::info("{} host(s) with driver {}: {}", names.size(), config_.get(kDriver), names.front());
    }

    void stop() override {
        subscriptions_.clear();
        for (auto& [name, driver] : sources_.by_host) driver->on_change({});
        if (server_) server_->stop(std::chrono::milliseconds(500));
        runner_.stop();
        if (!executor_.stop(kStopPatience)) {
            // A call to a hypervisor never returned. What it uses must outlive it: the process ends without tearing
            // down.
            log::warning("a call to the hypervisor does not return; leaving it behind");
            std::_Exit(0);
        }
        // The network itself stays as it is: guests run on.
        if (metadata_) metadata_->close_all();
        workers_.stop();
    }

private:
    fs::path scratch_folder() const { return state_ / "snapshots"; }
    fs::path guests_folder() const { return state_ / "guests"; }

    std::vector<std::string> host_names() {
        auto name = config_.get(kHost);
        if (name.empty()) name = common_name_of(config_.get(kCertFile));
        if (name.empty()) name = machine_name();
        const auto count = config_.get(kHosts);
        if (count < 1) throw std::runtime_error("agent.hosts must be at least 1");
        if (count == 1) return {name};
        if (!simulated_) throw std::runtime_error("agent.hosts above 1 needs agent.driver = \"sim\"");
        std::vector<std::string> names;
        for (std::int64_t i = 1; i <= count; ++i) names.push_back(fmt::format("{}-{}", name, i));
        return names;
    }

    http::ClientOptions client_options() const {
        return {
            .ca_file = config_.get(kCaFile), .cert_file = config_.get(kCertFile), .key_file = config_.get(kKeyFile)};
    }

    std::shared_ptr<hypervisor::Hypervisor> load(const std::string& name) {
        auto settings = driver_settings(config_);
        // Simulated guests outlive the agent as real ones do.
        const auto folder = simulated_ ? state_ / "sim" / name : state_ / config_.get(kDriver);
        settings.try_emplace("state_dir", folder.string());
        fs::create_directories(settings["state_dir"]);
        return hypervisor::load_driver(config_.get(kDriverDir), config_.get(kDriver), name, settings);
    }

    void listen() {
        sources_.daemon_name = config_.get(kComputeName);
        api::ServiceParts parts{.engine = *engine_,
                                .clock = platform_.clock(),
                                .random = platform_.random(),
                                .workers = workers_,
                                .metrics = &platform_.metrics()};
        parts.modules.add(sources_);
        service_ = std::make_unique<api::Service>(guest_service(), std::move(parts));
        http::ServerOptions options;
        options.address = config_.get(kAddress);
        options.port = static_cast<std::uint16_t>(config_.get(kPort));
        options.tls = {.cert_file = config_.get(kCertFile),
                       .key_file = config_.get(kKeyFile),
                       .client_ca_file = config_.get(kCaFile)};
        server_ = service_->listen(platform_.io(), std::move(options));
        server_->start();
        platform_.announce_port("guests", server_->port());
    }

    protocol::HostDescription describe(const hypervisor::Capabilities& can) const {
        const std::string scheme = config_.get(kCertFile).empty() ? "http" : "https";
        return {.address = config_.get(kAddress),
                .guest_listener = fmt::format("{}://{}:{}", scheme, config_.get(kAddress), server_->port()),
                .hypervisor_type = can.hypervisor_type,
                .hypervisor_version = can.hypervisor_version,
                .cpu_info_json = can.cpu_info_json,
                .acceleration_note = can.acceleration_note,
                .arch = can.arch,
                .vcpus = can.vcpus,
                .memory_mib = can.memory_mib,
                .disk_gib = can.disk_gib,
                .cpu_ratio = config_.get(kCpuRatio),
                .memory_ratio = config_.get(kMemoryRatio),
                .disk_ratio = config_.get(kDiskRatio),
                .reserved_memory_mib = simulated_ ? 0 : config_.get(kReservedMemory),
                .capabilities = {{"pause", can.pause},
                                 {"suspend", can.suspend},
                                 {"soft_reboot", can.soft_reboot},
                                 {"console_log", can.console_log},
                                 {"vnc", can.vnc},
                                 {"serial_console", can.serial_console},
                                 {"attach_nic", can.attach_nic},
                                 {"attach_disk", can.attach_disk},
                                 {"resize", can.resize},
                                 {"rescue", can.rescue},
                                 {"snapshot", can.snapshot},
                                 {"live_migration", can.live_migration}},
                .zone = config_.get(kZone)};
    }

    void make_network() {
        const auto kind = config_.get(kNetwork);
        if (kind != "linux" && kind != "none")
            throw std::runtime_error("agent.network: '" + kind + "' is neither linux nor none");
        if (simulated_ || kind == "none") return;
        metadata_ = network::make_metadata_proxy(
            platform_.io(), *client_, {.url = config_.get(kMetadataUrl), .secret = config_.get(kMetadataSecret)});
        network::LinuxOptions options;
        options.cloud = network::cloud_id(state_.string());
        options.run_folder = network::default_run_folder(options.cloud);
        options.metadata = metadata_.get();
        options.masquerade_external = config_.get(kMasquerade);
        engine_of_network_ = network::make_linux_engine(std::move(options));
        network_ = std::make_unique<network::HostNetwork>(*engine_of_network_);
    }

    GuestSurroundings surroundings() {
        GuestSurroundings around;
        around.shut_down_patience = std::chrono::seconds(config_.get(kPatience));
        around.scratch_folder = scratch_folder().string();
        around.keep_image = [this](const std::string& server_id, const std::string& image_id, const std::string& file) {
            control_->upload_image(server_id, image_id, file);
        };
        if (simulated_) return around;
        around.guests_folder = guests_folder().string();
        if (network_)
            around.bridge = [this](const std::string& network_id, const std::string& port_id) {
                return network_->bridge(network_id, port_id);
            };
        around.image_file = [this](const protocol::ImageRef& image, const std::string& folder) {
            return images_->ensure(image, folder);
        };
        around.config_drive = [](const protocol::Guest& guest, const std::string& folder) {
            const auto path = folder + "/config.iso";
            if (!guest.instance.is_null()) write_config_drive(path, drive_files(guest.instance));
            return fs::exists(path) ? path : std::string();
        };
        return around;
    }

    void add_agent(const std::string& name) {
        auto driver = sources_.by_host.at(name);
        AgentOptions options{.host = name};
        options.poll_every = std::chrono::seconds(config_.get(kPoll));
        options.observe_every = std::chrono::seconds(config_.get(kObserve));
        options.max_lanes = static_cast<unsigned>(std::max<std::int64_t>(1, config_.get(kLanes)));
        options.host_rebooted = rebooted_ && !simulated_;
        options.description = describe(driver->capabilities());
        const auto place = runner_.reserve();
        ApplyNetwork apply;
        if (network_) apply = [this](const nlohmann::json& state) { network_->apply(state); };
        runner_.set(place, std::make_unique<Agent>(
                               options, *control_, std::make_shared<Guests>(*driver, surroundings()), driver, apply,
                               platform_.clock(), executor_, [this, place] { runner_.wake(place); }));
        places_[name] = place;
        driver->on_change([this, place](const hypervisor::GuestId& id) { runner_.agent(place).guest_changed(id); });
    }

    void subscribe(const std::vector<std::string>& names) {
        static constexpr std::string_view kPrefix = "compute.host.";
        auto wake_all = [this] {
            for (std::size_t place = 0; place < runner_.size(); ++place) runner_.agent(place).wake();
        };
        auto wake_one = [this](std::string_view subject, std::string_view) {
            auto found = places_.find(subject.substr(kPrefix.size()));
            if (found != places_.end()) runner_.agent(found->second).wake();
        };
        // One subscription for many simulated hosts.
        const auto pattern = std::string(kPrefix) + (names.size() > 1 ? ">" : names.front());
        subscriptions_.push_back(platform_.bus().subscribe(pattern, wake_one, wake_all));
        if (!simulated_)
            subscriptions_.push_back(platform_.bus().subscribe(
                "compute.network", [wake_all](std::string_view, std::string_view) { wake_all(); }));
    }

    daemon::Platform& platform_;
    const runtime::Config& config_;
    fs::path state_;
    bool simulated_, rebooted_ = false;
    std::unique_ptr<http::Client> client_;
    std::unique_ptr<HttpControlPlane> control_;
    std::unique_ptr<ImageCache> images_;
    GuestSources sources_;
    std::unique_ptr<network::MetadataListeners> metadata_;
    std::unique_ptr<network::NetworkEngine> engine_of_network_;
    std::unique_ptr<network::HostNetwork> network_;
    std::unique_ptr<store::Engine> engine_ = store::make_memory_engine();  // the guest service keeps nothing
    Runner runner_;
    std::map<std::string, std::size_t, std::less<>> places_;
    runtime::WorkerPool workers_;
    std::unique_ptr<api::Service> service_;
    std::unique_ptr<http::Server> server_;
    std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;
    ThreadExecutor executor_;
};

daemon::Components build_components(daemon::Platform& platform) {
    daemon::Components components;
    components.push_back(std::make_unique<AgentComponent>(platform));
    return components;
}

}  // namespace cumulet::compute::agent

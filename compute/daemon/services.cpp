#include "compute/daemon/services.hpp"

#include "common/api/service.hpp"
#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "common/runtime/worker_pool.hpp"
#include "compute/converge/converger.hpp"
#include "compute/daemon/config.hpp"
#include "compute/networks/service.hpp"
#include "compute/servers/api.hpp"

namespace cumulet::compute::daemon {
namespace {

namespace fs = std::filesystem;

auth::RemoteOptions validator_options(const runtime::Config& config) {
    auth::RemoteOptions options;
    options.identity_url = config.get(kIdentityUrl);
    options.username = config.get(kUsername);
    options.password = config.get(kPassword);
    options.project_name = config.get(kServiceProject);
    return options;
}

servers::Settings server_settings(const runtime::Config& config) {
    servers::Settings settings;
    settings.default_zone = config.get(kZone);
    settings.max_page = static_cast<std::size_t>(config.get(kMaxPage));
    settings.host_down_after = std::chrono::seconds(config.get(kHostDownAfter));
    settings.max_servers_per_call = static_cast<std::size_t>(config.get(kMaxServersPerCall));
    return settings;
}

std::vector<auth::RuleDefault> rules_of(const std::vector<api::ServiceDescription>& descriptions) {
    std::vector<auth::RuleDefault> rules = networks::attribute_rules();
    for (auto& rule : servers::handler_rules()) rules.push_back(std::move(rule));
    for (const auto& description : descriptions) {
        auto more = api::policy_rules(description.tables);
        rules.insert(rules.end(), more.begin(), more.end());
    }
    return rules;
}

std::unique_ptr<store::Engine> open_store(const runtime::Config& config) {
    const fs::path folder = fs::path(config.get(kStateDir)) / "store";
    fs::create_directories(folder.parent_path());
    return store::make_rocksdb_engine({.folder = folder});
}

class AllServices final : public Services {
public:
    explicit AllServices(cumulet::daemon::Platform& platform)
        : platform_(platform),
          config_(platform.config()),
          settings_(server_settings(config_)),
          engine_(open_store(config_)),
          workers_({.name = "compute", .threads = static_cast<unsigned>(config_.get(kWorkers)), .max_queued = 1000}),
          client_(platform.io(), {}),
          validator_(auth::make_remote_validator(client_, platform.io(), &platform.bus(), platform.clock(),
                                                 validator_options(config_))) {
        const std::vector<api::ServiceDescription> descriptions{servers::nova_service(),
                                                                networks::service_description()};
        policy_ = std::make_unique<auth::PolicyEngine>(rules_of(descriptions));
        reload();
        const std::int64_t ports[] = {config_.get(kComputePort), config_.get(kNetworkPort)};
        const char* names[] = {"compute", "network"};
        for (std::size_t at = 0; at < descriptions.size(); ++at)
            if (ports[at] >= 0) serve(names[at], descriptions[at], static_cast<std::uint16_t>(ports[at]));
    }

    ~AllServices() override {
        if (loop_) loop_->stop();
    }

    std::vector<Listener>& listeners() override { return listeners_; }

    void start_loops() override {
        loop_ = std::make_unique<converge::ConvergeLoop>(*engine_, converger_, changes_, platform_.bus());
    }

    void reload() override {
        if (const auto file = config_.get(kPolicyFile); !file.empty()) policy_->load_file(file);
    }

private:
    void serve(const std::string& name, const api::ServiceDescription& description, std::uint16_t port) {
        api::ServiceParts parts{.engine = *engine_,
                                .clock = platform_.clock(),
                                .random = platform_.random(),
                                .workers = workers_,
                                .validator = validator_.get(),
                                .policy = policy_.get(),
                                .metrics = &platform_.metrics()};
        parts.modules.add(settings_);
        services_.push_back(std::make_unique<api::Service>(description, std::move(parts)));
        http::ServerOptions options;
        options.address = config_.get(kAddress);
        options.port = port;
        options.tls.cert_file = config_.get(kTlsCert);
        options.tls.key_file = config_.get(kTlsKey);
        listeners_.push_back({name, services_.back()->listen(platform_.io(), std::move(options))});
    }

    cumulet::daemon::Platform& platform_;
    const runtime::Config& config_;
    servers::Settings settings_;
    std::unique_ptr<store::Engine> engine_;
    runtime::WorkerPool workers_;
    http::Client client_;
    std::unique_ptr<auth::Validator> validator_;
    std::unique_ptr<auth::PolicyEngine> policy_;
    converge::HostChanges changes_{*engine_};
    converge::Converger converger_{*engine_,
                                   platform_.clock(),
                                   platform_.random(),
                                   {.host_down_after = settings_.host_down_after,
                                    .keep_deleted = std::chrono::hours(24 * config_.get(kKeepDeleted)),
                                    .holder = "compute"}};
    std::vector<std::unique_ptr<api::Service>> services_;
    std::vector<Listener> listeners_;
    std::unique_ptr<converge::ConvergeLoop> loop_;
};

}  // namespace

std::unique_ptr<Services> make_services(cumulet::daemon::Platform& platform) {
    return std::make_unique<AllServices>(platform);
}

}  // namespace cumulet::compute::daemon

#include "compute/daemon/services.hpp"

#include "common/api/service.hpp"
#include "common/daemon/log_keeper.hpp"
#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "common/runtime/periodic.hpp"
#include "common/runtime/private_folder.hpp"
#include "common/runtime/worker_pool.hpp"
#include "common/store/reindex.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "compute/converge/converger.hpp"
#include "compute/converge/host_control.hpp"
#include "compute/daemon/backup.hpp"
#include "compute/daemon/config.hpp"
#include "compute/daemon/records.hpp"
#include "compute/history/history.hpp"
#include "compute/images/api.hpp"
#include "compute/images/image_store.hpp"
#include "compute/images/images.hpp"
#include "compute/images/snapshots.hpp"
#include "compute/internal/agent_consoles.hpp"
#include "compute/internal/api.hpp"
#include "compute/internal/sources.hpp"
#include "compute/metadata/api.hpp"
#include "compute/metadata/client.hpp"
#include "compute/metadata/instance.hpp"
#include "compute/metering/meter.hpp"
#include "compute/networks/service.hpp"
#include "compute/placement/api.hpp"
#include "compute/servers/api.hpp"

namespace cumulet::compute::daemon {
namespace {

namespace fs = std::filesystem;

std::chrono::seconds positive_seconds(const runtime::Config& config, const Key<std::int64_t>& key) {
    const auto value = config.get(key);
    if (value <= 0) throw runtime::ConfigError(std::string(key.name) + " must be greater than 0");
    return std::chrono::seconds(value);
}

auth::RemoteOptions validator_options(const runtime::Config& config) {
    auth::RemoteOptions options;
    options.identity_url = config.get(kIdentityUrl);
    options.username = config.get(kUsername);
    options.password = config.get(kPassword);
    options.project_name = config.get(kServiceProject);
    options.user_domain = config.get(kUserDomain);
    options.project_domain = config.get(kProjectDomain);
    options.public_url = config.get(kIdentityPublicUrl);
    options.cache_ttl = positive_seconds(config, kTokenCacheTtl);
    options.revocation_poll = positive_seconds(config, kRevocationPoll);
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

std::unique_ptr<store::Engine> open_store(const runtime::Config& config) {
    const fs::path folder = fs::path(config.get(kStateDir)) / "store";
    runtime::make_private_folder(folder.parent_path());
    auto engine = store::make_rocksdb_engine(
        {.folder = folder, .cache_bytes = static_cast<std::size_t>(config.get(kStoreCache)) << 20});
    ensure_indexes(*engine);
    return engine;
}

http::ClientOptions agent_client_options(const runtime::Config& config) {
    http::ClientOptions options;
    options.ca_file = config.get(kAgentCa);
    options.cert_file = config.get(kAgentCert);
    options.key_file = config.get(kAgentKey);
    options.read_timeout_ms = std::chrono::milliseconds(10'000);
    return options;
}

converge::DesiredSources desired_sources(Random& random) {
    return internal::desired_sources([&random](store::Transaction& txn, const Server& server) {
        return metadata::drive_files(txn, server, random);
    });
}

// The APIs that users reach, by the name of their listener.
struct PublicApi {
    const char* name;
    runtime::Key<std::int64_t> port;
    api::ServiceDescription description;
};

std::vector<PublicApi> public_apis() {
    return {{"compute", kComputePort, servers::nova_service()},
            {"network", kNetworkPort, networks::service_description()},
            {"placement", kPlacementPort, placement::placement_service()},
            {"image", kImagePort, images::glance_service()},
            {"metadata", kMetadataPort, metadata::metadata_service()}};
}

std::vector<auth::RuleDefault> all_rules() {
    std::vector<auth::RuleDefault> rules;
    auto add = [&](std::vector<auth::RuleDefault> more) { rules.insert(rules.end(), more.begin(), more.end()); };
    for (const auto& each : public_apis()) add(api::policy_rules(each.description.tables));
    add(servers::handler_rules());
    add(networks::attribute_rules());
    add(images::attribute_rules());
    return rules;
}

class AllServices final : public Services {
public:
    explicit AllServices(cumulet::daemon::Platform& platform)
        : platform_(platform),
          config_(platform.config()),
          server_settings_(server_settings(config_)),
          engine_(open_store(config_)),
          image_data_(images::make_file_store(fs::path(config_.get(kStateDir)) / "images")),
          workers_({.name = "compute", .threads = static_cast<unsigned>(config_.get(kWorkers)), .max_queued = 1000}),
          client_(platform.io(), {.ca_file = config_.get(kIdentityCa)}),
          validator_(auth::make_remote_validator(client_, platform.io(), &platform.bus(), platform.clock(),
                                                 validator_options(config_))),
          policy_(all_rules()) {
        reload();
        store::ensure_indexes<Server>(*engine_);
        store::ensure_indexes<Task>(*engine_);
        history::adopt_ended_tasks(*engine_, platform_.clock().now());
        images::sweep(*engine_, *image_data_, platform_.clock().now());
        for (auto& each : public_apis())
            if (const auto port = config_.get(each.port); port >= 0)
                serve_public(each, static_cast<std::uint16_t>(port));
        if (!config_.get(kAgentCa).empty()) serve_agents();
        platform_.add_backup(
            "compute", [this](const fs::path& target) { back_up(*engine_, fs::path(config_.get(kStateDir)), target); });
    }

    ~AllServices() override {
        if (loop_) loop_->stop();
    }

    std::vector<Listener>& listeners() override { return listeners_; }

    void start_loops() override {
        loop_ = std::make_unique<converge::ConvergeLoop>(*engine_, converger_, changes_, platform_.bus());
    }

    void reload() override {
        if (const auto file = config_.get(kPolicyFile); !file.empty()) policy_.load_file(file);
    }

private:
    api::ServiceParts parts() {
        api::ServiceParts parts{.engine = *engine_,
                                .clock = platform_.clock(),
                                .random = platform_.random(),
                                .workers = workers_,
                                .validator = validator_.get(),
                                .policy = &policy_,
                                .metrics = &platform_.metrics()};
        parts.modules.add(server_settings_);
        parts.modules.add(image_settings_);
        parts.modules.add(*image_data_);
        parts.modules.add(host_control_);
        parts.modules.add(meter_);
        parts.modules.add(history_);
        parts.modules.add(metadata_settings_);
        // Handlers know consoles by what they can do, not by where they are.
        parts.modules.add<servers::ConsoleSource>(consoles_);
        return parts;
    }

    void serve_public(const PublicApi& each, std::uint16_t port) {
        http::ServerOptions options;
        options.address = config_.get(kAddress);
        options.port = port;
        options.tls.cert_file = config_.get(kTlsCert);
        options.tls.key_file = config_.get(kTlsKey);
        serve(each.name, each.description, std::move(options));
    }

    // Agents show a certificate of our authority; its name says which host they speak for.
    void serve_agents() {
        http::ServerOptions options;
        options.address = config_.get(kAgentAddress);
        options.port = static_cast<std::uint16_t>(config_.get(kAgentPort));
        options.tls = {.cert_file = config_.get(kAgentCert),
                       .key_file = config_.get(kAgentKey),
                       .client_ca_file = config_.get(kAgentCa)};
        serve("agents", internal::service_description(), std::move(options));
    }

    void serve(const std::string& name, const api::ServiceDescription& description, http::ServerOptions options) {
        services_.push_back(std::make_unique<api::Service>(description, parts()));
        listeners_.push_back({name, services_.back()->listen(platform_.io(), std::move(options))});
    }

    cumulet::daemon::Platform& platform_;
    const runtime::Config& config_;
    servers::Settings server_settings_;
    images::Settings image_settings_;
    std::unique_ptr<store::Engine> engine_;
    std::unique_ptr<images::ImageStore> image_data_;
    runtime::WorkerPool workers_;
    http::Client client_;
    http::Client agent_client_{platform_.io(), agent_client_options(config_)};
    internal::AgentConsoles consoles_{*engine_, agent_client_};
    metadata::Settings metadata_settings_{.secret = config_.get(kMetadataSecret)};
    std::unique_ptr<auth::Validator> validator_;
    auth::PolicyEngine policy_;
    converge::HostChanges changes_{*engine_};
    metering::Meter meter_{*engine_};
    history::History history_{*engine_};
    cumulet::daemon::LogKeeper log_keeper_{config_, *engine_, platform_.clock(),
                                           [this] { return std::min(meter_.position(), history_.position()) + 1; }};
    converge::HostControl host_control_{platform_.random(), changes_, desired_sources(platform_.random())};
    converge::Converger converger_{*engine_,
                                   platform_.clock(),
                                   platform_.random(),
                                   meter_,
                                   history_,
                                   {.host_down_after = server_settings_.host_down_after,
                                    .keep_deleted = std::chrono::hours(24 * config_.get(kKeepDeleted)),
                                    .keep_usage = std::chrono::hours(24 * config_.get(kKeepUsage)),
                                    .holder = "compute"}};
    runtime::Periodic unused_images_{"unused image data", std::chrono::seconds(10), [this] {
                                         images::remove_unused(*engine_, *image_data_, platform_.clock().now());
                                     }};
    std::vector<std::unique_ptr<api::Service>> services_;
    std::vector<Listener> listeners_;
    std::unique_ptr<converge::ConvergeLoop> loop_;
};

}  // namespace

std::unique_ptr<Services> make_services(cumulet::daemon::Platform& platform) {
    return std::make_unique<AllServices>(platform);
}

}  // namespace cumulet::compute::daemon

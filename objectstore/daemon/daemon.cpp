#include "objectstore/daemon/daemon.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "common/auth/validator.hpp"
#include "common/daemon/log_keeper.hpp"
#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/private_folder.hpp"
#include "common/runtime/worker_pool.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "objectstore/config.hpp"
#include "objectstore/daemon/options.hpp"
#include "objectstore/engine/parts.hpp"
#include "objectstore/model/account.hpp"
#include "objectstore/model/sync_change.hpp"
#include "objectstore/records.hpp"
#include "objectstore/s3/lifecycle_worker.hpp"
#include "objectstore/s3/service.hpp"
#include "objectstore/s3/temp_keys.hpp"
#include "objectstore/swift/expirer.hpp"
#include "objectstore/swift/rate_limits.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/sync_realms.hpp"
#include "objectstore/swift/sync_worker.hpp"

namespace cumulet::objectstore {

namespace {

namespace fs = std::filesystem;

// What `cumulet objectstore rotten` asks for, page by page: an answer is one line of bounded length.
nlohmann::json rotten_page(LocalEngine& engine, const nlohmann::json& request) {
    constexpr std::size_t kRows = 8;
    RottenRow after;
    const bool goes_on = request.contains("file");
    if (goes_on) {
        after.file = request.at("file");
        after.offset = request.at("offset");
    }
    nlohmann::json page = {{"objects", nlohmann::json::array()}};
    for (const auto& row : engine.rotten(goes_on ? &after : nullptr, kRows))
        page["objects"].push_back({{"object", row.owner},
                                   {"bytes", row.length},
                                   {"disk", row.disk},
                                   {"found_at", to_iso_seconds(row.found_at)},
                                   {"file", row.file},
                                   {"offset", row.offset}});
    return page;
}

// Every PUT writes rows and counters: the more of them meet in memory, the less is written again later.
constexpr std::size_t kWriteBufferBytes = 16u << 20;

std::unique_ptr<store::Engine> open_store(const runtime::Config& config) {
    auto store = store::make_rocksdb_engine({.folder = store_folder(config),
                                             .cache_bytes = static_cast<std::size_t>(config.get(kStoreCache)) << 20,
                                             .write_buffer_bytes = kWriteBufferBytes});
    ensure_indexes(*store);
    return store;
}

std::vector<std::string> account_prefixes(const swift::Settings& settings) {
    std::vector<std::string> prefixes{settings.account_prefix};
    if (!settings.service_prefix.empty()) prefixes.push_back(settings.service_prefix);
    return prefixes;
}

// Members are built in order and destroyed in reverse: whoever uses another stands below it.
class ObjectStoreDaemon final : public daemon::Component {
public:
    explicit ObjectStoreDaemon(daemon::Platform& platform)
        : platform_(platform),
          settings_(read_settings(platform.config())),
          s3_settings_(read_s3_settings(platform.config())) {}

    void start() override {
        const auto& config = platform_.config();
        runtime::make_private_folder(config.get(kStateFolder));
        runtime::make_private_folder(data_folder(config));
        parts_.emplace(platform_, settings_, s3_settings_);
        listen();
        platform_.add_health_check("objects", [this] { return parts_ ? parts_->engine->complaint() : std::nullopt; });
        platform_.add_command("rotten", [this](const nlohmann::json& request) {
            return parts_ ? rotten_page(*parts_->engine, request) : throw std::runtime_error("it is just starting");
        });
        platform_.add_backup("objectstore", [this](const fs::path& target) { back_up(target); });
    }

    void stop() override {
        for (auto* server : {&server_, &s3_server_}) {
            if (*server) (*server)->stop(std::chrono::seconds(10));
            server->reset();
        }
        parts_.reset();
    }

private:
    struct Parts {
        Parts(daemon::Platform& platform, const swift::Settings& settings, const s3::Settings& s3_settings)
            : store(open_store(platform.config())),
              engine(make_local_engine(*store, local_options(platform.config(), platform.metrics()))),
              composer(make_composing_engine(*store, *engine)),
              workers({.name = "objectstore", .threads = 2}),
              client(platform.io(), {.ca_file = platform.config().get(kIdentityCa)}),
              sync_client(platform.io(), {}),
              validator(make_validator(platform, client)),
              tempauth(tempauth_users(platform.config()), account_prefixes(settings), validator.get(), platform.clock(),
                       platform.random()),
              realms(std::string(platform.config().get(kSyncRealms)), platform.config().get(kSyncCurrent)),
              cnames(name_servers(platform.config()), settings.cname_depth, platform.clock()),
              swift{.settings = settings,
                    .engine = *composer,
                    .store = *store,
                    .clock = platform.clock(),
                    .validator = &tempauth,
                    .tempauth = &tempauth,
                    .rate_limits = settings.limits_rates() ? &rate_limits : nullptr,
                    .realms = &realms,
                    .recon = recon(platform.config()),
                    .cnames = settings.cname_depth > 0 ? &cnames : nullptr,
                    .accounts_quote_etags = any_account_quotes()},
              keys(tempauth, make_remote_keys(platform, client)),
              s3{.settings = s3_settings, .swift = swift, .composer = *composer, .keys = keys},
              log_keeper(platform.config(), *store, platform.clock()),
              expirer(swift, std::chrono::seconds(platform.config().get(kExpirerPause))),
              sync_worker(swift, sync_client, std::chrono::seconds(platform.config().get(kSyncPause))),
              lifecycle(s3, std::chrono::seconds(platform.config().get(kS3Lifecycle))),
              sweeper([this] { sweep(); }) {
            engine->start_upkeep(std::chrono::seconds(platform.config().get(kCompactPause)),
                                 std::chrono::seconds(platform.config().get(kScrubPause)));
        }
        ~Parts() { sweeper.join(); }

        swift::Recon recon(const runtime::Config& config) {
            swift::Recon recon{.disks = {data_folder(config).string()},
                               .rotten =
                                   [this] {
                                       store::Transaction txn(*store, {});
                                       return static_cast<std::uint64_t>(txn.counter(kRottenCounter));
                                   },
                               .waiting_for_sync =
                                   [this] {
                                       store::Transaction txn(*store, {});
                                       return static_cast<std::size_t>(txn.counter(kSyncCounter));
                                   }};
            for (const auto& folder : more_folders(config)) recon.disks.push_back(folder.string());
            return recon;
        }

        bool any_account_quotes() {
            bool any = false;
            store::Transaction txn(*store, {});
            txn.visit<Account>({}, [&](Account&& account) {
                any = account.quoted_etags.value_or(false);
                return !any;
            });
            return any;
        }

        // Null without an identity service: then the object store's own users are all there are.
        static std::unique_ptr<auth::Validator> make_validator(daemon::Platform& platform, http::Client& client) {
            if (platform.config().get(kIdentityUrl).empty()) return nullptr;
            return auth::make_remote_validator(client, platform.io(), &platform.bus(), platform.clock(),
                                               identity_options(platform.config()));
        }

        static std::unique_ptr<s3::Keys> make_remote_keys(daemon::Platform& platform, http::Client& client) {
            if (platform.config().get(kIdentityUrl).empty()) return nullptr;
            return s3::make_remote_keys(client, &platform.bus(), platform.clock(), key_options(platform.config()));
        }

        // What crashed uploads left behind: looked for while the service already works.
        void sweep() {
            try {
                if (const auto gone = composer->sweep(); gone > 0) log::info("{} left files removed", gone);
            } catch (const std::exception& error) {
                log::error("sweep: {}", error.what());
            }
        }

        std::unique_ptr<store::Engine> store;
        std::unique_ptr<LocalEngine> engine;
        std::unique_ptr<ComposingEngine> composer;
        runtime::WorkerPool workers;
        http::Client client;
        http::Client sync_client;
        std::unique_ptr<auth::Validator> validator;
        swift::TempAuth tempauth;
        swift::RateLimits rate_limits;
        swift::SyncRealms realms;
        swift::CnameLookup cnames;
        swift::Swift swift;
        s3::TempKeys keys;
        s3::S3 s3;
        std::optional<api::Service> service, s3_service;
        daemon::LogKeeper log_keeper;
        swift::Expirer expirer;
        swift::SyncWorker sync_worker;
        s3::LifecycleWorker lifecycle;
        std::thread sweeper;
    };

    void listen() {
        const auto& config = platform_.config();
        listen_for_swift();
        log::info("Swift API on {}:{}", config.get(kAddress), server_->port());
        if (config.get(kS3Port) == 0) return;
        listen_for_s3();
        log::info("S3 API on {}:{}", config.get(kAddress), s3_server_->port());
    }

    api::ServiceParts service_parts() {
        return {.engine = *parts_->store,
                .clock = platform_.clock(),
                .random = platform_.random(),
                .workers = parts_->workers,
                .validator = nullptr,
                .policy = nullptr,
                .metrics = &platform_.metrics()};
    }

    http::ServerOptions server_options(std::int64_t port) const {
        const auto& config = platform_.config();
        http::ServerOptions options{.address = config.get(kAddress), .port = static_cast<std::uint16_t>(port)};
        options.tls.cert_file = config.get(kTlsCertFile);
        options.tls.key_file = config.get(kTlsKeyFile);
        return options;
    }

    void listen_for_swift() {
        auto service_of_swift = service_parts();
        service_of_swift.validator = &parts_->tempauth;
        service_of_swift.modules.add(parts_->swift);
        parts_->service.emplace(swift::description(), service_of_swift);
        server_ = parts_->service->listen(platform_.io(), server_options(platform_.config().get(kPort)));
        server_->start();
        platform_.announce_port("object-store", server_->port());
    }

    void listen_for_s3() {
        auto service_of_s3 = service_parts();
        service_of_s3.modules.add(parts_->swift);
        service_of_s3.modules.add(parts_->s3);
        parts_->s3_service.emplace(s3::description(), service_of_s3);
        s3_server_ = parts_->s3_service->listen(platform_.io(), server_options(platform_.config().get(kS3Port)));
        s3_server_->start();
        platform_.announce_port("s3", s3_server_->port());
    }

    void back_up(const fs::path& target) {
        runtime::make_private_folder(target);
        parts_->engine->backup(target / "data", [&] { parts_->store->backup(target / "store"); });
    }

    daemon::Platform& platform_;
    const swift::Settings settings_;
    const s3::Settings s3_settings_;
    std::optional<Parts> parts_;
    std::unique_ptr<http::Server> server_, s3_server_;
};

}  // namespace

daemon::Components build_components(daemon::Platform& platform) {
    daemon::Components components;
    components.push_back(std::make_unique<ObjectStoreDaemon>(platform));
    return components;
}

}  // namespace cumulet::objectstore

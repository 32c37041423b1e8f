#include "identity/daemon/daemon.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "common/api/service.hpp"
#include "common/daemon/log_keeper.hpp"
#include "common/http/server.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/periodic.hpp"
#include "common/runtime/private_folder.hpp"
#include "common/runtime/worker_pool.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "identity/api/tables.hpp"
#include "identity/audit_trail.hpp"
#include "identity/bootstrap.hpp"
#include "identity/credential_keys.hpp"
#include "identity/directories.hpp"
#include "identity/doctor.hpp"
#include "identity/domain_files.hpp"
#include "identity/federation/gate/gate.hpp"
#include "identity/housekeeping.hpp"
#include "identity/identity.hpp"
#include "identity/local_validator.hpp"
#include "identity/model/users.hpp"
#include "identity/records.hpp"
#include "identity/revocation_hints.hpp"

namespace cumulet::identity {
namespace {

namespace fs = std::filesystem;

// Everything this daemon keeps, beside the store.
struct KeyFolder {
    const char* name;  // in a backup
    fs::path folder;
};
std::vector<KeyFolder> key_folders(const runtime::Config& config) {
    return {{"fernet-keys", token_key_folder(config)}, {"credential-keys", credential_key_folder(config)}};
}

constexpr auto kKeyLook = std::chrono::seconds(1);
constexpr std::size_t kHashesLookedAt = 1000;

unsigned worker_count(const runtime::Config& config) {
    const auto wanted = config.get(kWorkers);
    return wanted > 0 ? static_cast<unsigned>(wanted) : std::max(1u, std::thread::hardware_concurrency());
}

federation::GateOptions gate_options(const runtime::Config& config) {
    federation::GateOptions options{.trusted_proxies = config.get(kTrustedProxies),
                                    .assertion_prefix = std::string(config.get(kAssertionPrefix)),
                                    .file = {}};
    if (const auto file = config.get(kFederationFile); !file.empty())
        options.file = federation::read_federation_file(file);
    return options;
}

// Members are built in order and destroyed in reverse: whoever uses another stands below it.
class IdentityDaemon final : public daemon::Component {
public:
    explicit IdentityDaemon(daemon::Platform& platform)
        : platform_(platform), settings_(read_settings(platform.config())) {}

    void start() override {
        const auto& config = platform_.config();
        const fs::path state = config.get(kStateFolder);
        runtime::make_private_folder(state);
        engine_ = store::make_rocksdb_engine(
            {.folder = state / "store", .cache_bytes = static_cast<std::size_t>(config.get(kStoreCache)) << 20});
        ensure_indexes(*engine_);
        parts_.emplace(*this);
        learn_password_kinds();
        if (const auto file = config.get(kBootstrapFile); !file.empty())
            apply_bootstrap_file(*engine_, platform_.clock(), platform_.random(), parts_->passwords, file);
        reload();
        listen();
        platform_.add_backup("identity", [this](const fs::path& target) { back_up(target); });
        add_commands();
    }

    void stop() override {
        if (server_) server_->stop(std::chrono::seconds(10));
        server_.reset();
        parts_.reset();
        engine_.reset();
    }

    void reload() override {
        if (const auto file = platform_.config().get(kPolicyFile); !file.empty()) parts_->policy.load_file(file);
        parts_->token_keys.reload();
        parts_->credential_keys.reload();
        if (const auto folder = platform_.config().get(kDomainFiles); !folder.empty())
            take_domain_files(*engine_, parts_->vault, platform_.clock(), folder);
        parts_->audit.reopen();
    }

private:
    struct Parts {
        explicit Parts(IdentityDaemon& daemon)
            : token_keys(token_key_folder(daemon.platform_.config()), daemon.platform_.random()),
              credential_keys(credential_key_folder(daemon.platform_.config()), daemon.platform_.random()),
              vault(credential_keys, daemon.platform_.clock(), daemon.platform_.random()),
              passwords(daemon.platform_.clock(), daemon.platform_.random(),
                        {.rounds = static_cast<int>(daemon.platform_.config().get(kBcryptRounds)),
                         .remember = std::chrono::seconds(daemon.platform_.config().get(kPasswordMemory))}),
              tokens(*daemon.engine_, daemon.platform_.clock(), daemon.platform_.random(), token_keys,
                     daemon.settings_),
              follower(*daemon.engine_, {tokens.change_reader(), make_hint_publisher(daemon.platform_.bus())}),
              audit(*daemon.engine_, daemon.platform_.bus(), daemon.platform_.clock(), daemon.platform_.random(),
                    {.file = daemon.platform_.config().get(kAuditFile),
                     .position_file = fs::path(daemon.platform_.config().get(kStateFolder)) / "audit-position"}),
              housekeeping(*daemon.engine_, daemon.platform_.clock(), daemon.settings_),
              log_keeper(daemon.platform_.config(), *daemon.engine_, daemon.platform_.clock()),
              validator(make_local_validator(tokens, daemon.settings_.authenticate_uri)),
              policy(all_rules(), daemon.platform_.config().get(kEnforceScope)),
              workers({.name = "identity", .threads = worker_count(daemon.platform_.config())}),
              federation(gate_options(daemon.platform_.config()), federation::fetch_over(daemon.platform_.io()),
                         daemon.platform_.clock()),
              directories(*daemon.engine_, daemon.platform_.clock(), vault,
                          {.mirror_every = std::chrono::seconds(daemon.platform_.config().get(kMirrorEvery)),
                           .most_logins = static_cast<int>(std::max(1u, worker_count(daemon.platform_.config()) / 2))}),
              identity{.engine = *daemon.engine_,
                       .settings = daemon.settings_,
                       .clock = daemon.platform_.clock(),
                       .random = daemon.platform_.random(),
                       .tokens = tokens,
                       .passwords = passwords,
                       .vault = vault,
                       .federation = &federation,
                       .directories = &directories,
                       .audit = &audit} {
            tokens.follow(follower);
        }
        tokens::KeyRepository token_keys, credential_keys;
        Vault vault;
        passwords::Checker passwords;
        TokenService tokens;
        ChangeFollower follower;
        AuditTrail audit;
        Housekeeping housekeeping;
        daemon::LogKeeper log_keeper;
        std::unique_ptr<auth::Validator> validator;
        auth::PolicyEngine policy;
        runtime::WorkerPool workers;
        federation::Gate federation;
        Directories directories;
        // Keys that another process, `cumulet identity fernet-rotate` above all, changed.
        runtime::Periodic key_watch{"keys", kKeyLook, [this] {
                                        token_keys.refresh();
                                        credential_keys.refresh();
                                    }};
        Identity identity;
        std::optional<api::Service> service;
    };

    // Ids are random, so the first of them are a fair sample.
    void learn_password_kinds() {
        store::Transaction txn(*engine_, {.time = platform_.clock().now(), .operation = "sample of hashes"});
        for (const auto& secret : txn.scan<UserSecret>({.limit = kHashesLookedAt}))
            if (!secret.passwords.empty()) parts_->passwords.learn(secret.passwords.back().hash);
    }

    void back_up(const fs::path& target) const {
        runtime::make_private_folder(target);
        for (const auto& [name, folder] : key_folders(platform_.config()))
            fs::copy(folder, target / name, fs::copy_options::recursive);
        engine_->backup(target / "store");
    }

    void add_commands() {
        platform_.add_command("credential-check", [this](const nlohmann::json&) {
            parts_->credential_keys.refresh();
            return nlohmann::json{
                {"outdated", count_outdated_secrets(*engine_, parts_->vault, platform_.clock().now())}};
        });
        platform_.add_command("doctor", [this](const nlohmann::json&) {
            return nlohmann::json{{"findings", findings_json(examine(*engine_, parts_->vault, platform_.config(),
                                                                     platform_.clock().now()))}};
        });
        platform_.add_command("credential-migrate", [this](const nlohmann::json&) {
            parts_->credential_keys.refresh();
            return nlohmann::json{{"migrated", migrate_secrets(*engine_, parts_->vault, platform_.clock().now())}};
        });
    }

    void listen() {
        const auto& config = platform_.config();
        api::Modules modules;
        modules.add(parts_->identity);
        parts_->service.emplace(service_description(), api::ServiceParts{.engine = *engine_,
                                                                         .clock = platform_.clock(),
                                                                         .random = platform_.random(),
                                                                         .workers = parts_->workers,
                                                                         .validator = parts_->validator.get(),
                                                                         .policy = &parts_->policy,
                                                                         .metrics = &platform_.metrics(),
                                                                         .modules = modules});
        http::ServerOptions options{.address = config.get(kAddress),
                                    .port = static_cast<std::uint16_t>(config.get(kPort))};
        options.tls.cert_file = config.get(kTlsCertFile);
        options.tls.key_file = config.get(kTlsKeyFile);
        server_ = parts_->service->listen(platform_.io(), std::move(options));
        server_->start();
        platform_.announce_port("identity", server_->port());
        log::info("identity API on {}:{}", config.get(kAddress), server_->port());
    }

    daemon::Platform& platform_;
    Settings settings_;
    std::unique_ptr<store::Engine> engine_;
    std::optional<Parts> parts_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace

daemon::Components build_components(daemon::Platform& platform) {
    daemon::Components components;
    components.push_back(std::make_unique<IdentityDaemon>(platform));
    return components;
}

void restore(const runtime::Config& config, const fs::path& from) {
    const fs::path source = from / "identity";
    runtime::make_private_folder(config.get(kStateFolder));
    for (const auto& [name, folder] : key_folders(config)) {
        if (fs::exists(folder)) throw std::runtime_error(folder.string() + " exists already");
        fs::copy(source / name, folder, fs::copy_options::recursive);
    }
    store::restore_rocksdb(source / "store", fs::path(config.get(kStateFolder)) / "store");
}

}  // namespace cumulet::identity

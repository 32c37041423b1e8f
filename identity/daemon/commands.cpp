#include "identity/daemon/commands.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/daemon/control.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "identity/credential_keys.hpp"
#include "identity/doctor.hpp"
#include "identity/settings.hpp"
#include "identity/tokens/key_repository.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

void want_none(const Arguments& arguments) {
    if (!arguments.empty()) throw std::runtime_error("unknown argument: " + arguments.front());
}

// The daemon that runs answers; nullopt when none does.
std::optional<json> ask_running(const char* command) {
    const char* socket = std::getenv("CUMULET_CONTROL_SOCKET");
    if (!socket || !fs::exists(socket)) return std::nullopt;
    return daemon::ask_daemon(socket, {{"command", command}});
}

// The store and the credential keys of a daemon that does not run.
struct Offline {
    explicit Offline(const runtime::Config& config)
        : engine(store::make_rocksdb_engine({.folder = fs::path(config.get(kStateFolder)) / "store"})),
          keys(credential_key_folder(config), random),
          vault(keys, clock, random) {}
    SystemClock clock;
    SystemRandom random;
    std::unique_ptr<store::Engine> engine;
    tokens::KeyRepository keys;
    Vault vault;
};

int rotate_token_keys(const runtime::Config& config, const Arguments& arguments) {
    want_none(arguments);
    SystemRandom random;
    const auto folder = token_key_folder(config);
    const auto settings = read_settings(config);
    tokens::KeyRepository keys(folder, random);
    keys.rotate({.keep = settings.max_active_keys, .still_needed = settings.token_lifetime + settings.expired_window});
    fmt::print("{} holds {} keys; daemons take the new primary within a second.\n", folder.string(),
               keys.keys()->size());
    return 0;
}

int rotate_credential_keys(const runtime::Config& config, const Arguments& arguments) {
    want_none(arguments);
    std::size_t outdated = 0;
    if (auto answer = ask_running("credential-check")) {
        outdated = answer->at("outdated").get<std::size_t>();
    } else {
        Offline offline(config);
        outdated = count_outdated_secrets(*offline.engine, offline.vault, offline.clock.now());
    }
    if (outdated > 0)
        throw std::runtime_error(fmt::format(
            "{} stored secrets are sealed by an older key: credential-migrate first, or a rotation could lose them",
            outdated));
    SystemRandom random;
    const auto folder = credential_key_folder(config);
    tokens::KeyRepository keys(folder, random);
    keys.rotate({.keep = read_settings(config).max_active_keys});
    fmt::print("{} holds {} keys; credential-migrate seals what is stored with the new primary.\n", folder.string(),
               keys.keys()->size());
    return 0;
}

int migrate_credentials(const runtime::Config& config, const Arguments& arguments) {
    want_none(arguments);
    std::size_t migrated = 0;
    if (auto answer = ask_running("credential-migrate")) {
        migrated = answer->at("migrated").get<std::size_t>();
    } else {
        Offline offline(config);
        migrated = migrate_secrets(*offline.engine, offline.vault, offline.clock.now());
    }
    fmt::print("{} stored secrets are sealed anew.\n", migrated);
    return 0;
}

int doctor(const runtime::Config& config, const Arguments& arguments) {
    want_none(arguments);
    json findings;
    if (auto answer = ask_running("doctor")) {
        findings = answer->at("findings");
    } else {
        Offline offline(config);
        findings = findings_json(examine(*offline.engine, offline.vault, config, offline.clock.now()));
    }
    bool trouble = false;
    for (const auto& finding : findings) {
        const auto grade = finding.at("grade").get<std::string>();
        fmt::print("{:<7}  {}\n", grade == "trouble" ? "TROUBLE" : grade, finding.at("what").get<std::string>());
        trouble = trouble || grade == "trouble";
    }
    return trouble ? 1 : 0;
}

}  // namespace

std::vector<daemon::Command> commands() {
    return {{"doctor", "Say what is unsafe; exit code 1 when something is", doctor},
            {"fernet-rotate", "Make the staged token key the primary one and stage a new one", rotate_token_keys},
            {"credential-rotate", "The same for the keys of stored credentials", rotate_credential_keys},
            {"credential-migrate", "Seal stored credentials with the primary key", migrate_credentials}};
}

}  // namespace cumulet::identity

#include "identity/doctor.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "common/store/transaction.hpp"
#include "identity/credential_keys.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/roles.hpp"
#include "identity/model/users.hpp"
#include "identity/passwords/hash.hpp"
#include "identity/settings.hpp"

namespace cumulet::identity {
namespace {

namespace fs = std::filesystem;
using Grade = Finding::Grade;
using Findings = std::vector<Finding>;

constexpr int kWeakRounds = 10;
constexpr int kGoodRounds = 12;
constexpr auto kOldestPrimary = std::chrono::days(90);
constexpr std::int64_t kLongestToken = 86'400;
constexpr std::size_t kNamed = 5;  // of many

std::string some_of(const std::set<std::string>& names) {
    std::string text;
    std::size_t shown = 0;
    for (const auto& name : names) {
        if (++shown > kNamed) return text + fmt::format(" and {} more", names.size() - kNamed);
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

bool on_this_machine(std::string_view url) {
    for (const char* host : {"://127.", "://localhost", "://[::1]"})
        if (url.find(host) != std::string_view::npos) return true;
    return false;
}

Findings examine_settings(const runtime::Config& config) {
    Findings findings;
    const auto rounds = config.get(kBcryptRounds);
    if (rounds < kWeakRounds)
        findings.push_back(
            {Grade::trouble, fmt::format("identity.bcrypt_rounds is {}: a stolen store is guessed through "
                                         "quickly; {} is the default",
                                         rounds, kGoodRounds)});
    else
        findings.push_back({rounds < kGoodRounds ? Grade::remark : Grade::good,
                            fmt::format("new passwords are hashed with 2^{} rounds", rounds)});
    if (config.get(kLockoutAttempts) == 0)
        findings.push_back(
            {Grade::trouble, "nobody is locked out after wrong passwords: set identity.lockout_failure_attempts"});
    else
        findings.push_back(
            {Grade::good, fmt::format("users are locked out after {} wrong passwords", config.get(kLockoutAttempts))});
    if (config.get(kPasswordRegex).empty())
        findings.push_back({Grade::remark, "any password is taken: identity.password_regex is empty"});
    if (config.get(kTokenLifetime) > kLongestToken)
        findings.push_back({Grade::remark, fmt::format("tokens live {} hours", config.get(kTokenLifetime) / 3600)});
    if (!config.get(kEnforceScope))
        findings.push_back(
            {Grade::trouble, "identity.enforce_scope is off: project administrators may do what the system's may"});
    const auto address = config.get(kAddress);
    const bool plain = config.get(kTlsCertFile).empty();
    if (plain && address != "127.0.0.1" && address != "::1" && address != "localhost")
        findings.push_back(
            {Grade::trouble, fmt::format("passwords and tokens travel in clear: plain HTTP on {}; set "
                                         "identity.tls_cert_file, or listen on 127.0.0.1 behind a TLS proxy",
                                         address)});
    if (config.get(kAuditFile).empty())
        findings.push_back({Grade::remark, "no audit trail is kept in a file: identity.audit_file is empty"});
    return findings;
}

Findings examine_folder(const fs::path& folder, const char* purpose, bool with_age) {
    Findings findings;
    std::error_code error;
    std::vector<int> numbers;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const auto name = entry.path().filename().string();
        if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
        numbers.push_back(std::stoi(name));
        struct stat status {};
        if (::stat(entry.path().c_str(), &status) == 0 && (status.st_mode & 077) != 0)
            findings.push_back({Grade::trouble, fmt::format("{} can be read by others than its owner: chmod 600 it",
                                                            entry.path().string())});
    }
    if (error || numbers.empty())
        return {{Grade::trouble,
                 fmt::format("{} has no {}: {}", folder.string(), purpose, error ? error.message() : "empty")}};
    std::sort(numbers.begin(), numbers.end());
    if (numbers.front() != 0)
        findings.push_back(
            {Grade::trouble, fmt::format("{} has no staged key (0): the next rotation refuses tokens on other "
                                         "nodes for a moment; rotate now",
                                         folder.string())});
    struct stat primary {};
    if (with_age && ::stat((folder / std::to_string(numbers.back())).c_str(), &primary) == 0) {
        const auto age =
            std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(primary.st_ctim.tv_sec);
        const auto days = std::chrono::duration_cast<std::chrono::days>(age);
        findings.push_back(
            days >= kOldestPrimary
                ? Finding{Grade::trouble,
                          fmt::format("the primary of the {} is {} days old: rotate", purpose, days.count())}
                : Finding{Grade::good, fmt::format("the primary of the {} is {} days old", purpose, days.count())});
    }
    return findings;
}

Findings examine_users(store::Transaction& txn) {
    std::set<std::string> administrators;  // ids
    const auto roles = txn.scan<Role>({});
    for (const auto& role : roles) {
        if (role.name != "admin" || !role.domain_id.empty()) continue;
        for (const auto& each : txn.scan<Assignment>({.index = "role"}, role.id)) {
            if (each.actor_kind == ActorKind::user)
                administrators.insert(each.actor_id);
            else
                for (const auto& member : txn.scan<Membership>({.index = "group"}, each.actor_id))
                    administrators.insert(member.user_id);
        }
    }
    std::set<std::string> unprotected;
    for (const auto& id : administrators) {
        const auto user = txn.peek<User>(id);
        if (user && user->enabled && user->options.value("multi_factor_auth_enabled", false) == false)
            unprotected.insert(user->name);
    }
    Findings findings;
    if (!unprotected.empty())
        findings.push_back(
            {Grade::trouble, fmt::format("administrators with nothing but a password: {}; give them TOTP and "
                                         "multi_factor_auth_rules",
                                         some_of(unprotected))});
    else
        findings.push_back(
            {Grade::good, fmt::format("{} administrators log in with more than a password", administrators.size())});
    std::set<std::string> weak;
    txn.visit<UserSecret>({}, [&](UserSecret&& secret) {
        if (secret.passwords.empty()) return true;
        const auto& hash = secret.passwords.back().hash;
        const int rounds = passwords::bcrypt_rounds(hash);
        const bool generated = rounds == passwords::kRandomSecretRounds;  // nobody guesses 128 random bits
        if ((rounds != 0 && rounds < kWeakRounds && !generated) || hash.starts_with("$6$")) {
            const auto user = txn.peek<User>(secret.user_id);
            weak.insert(user ? user->name : secret.user_id);
        }
        return true;
    });
    if (!weak.empty())
        findings.push_back(
            {Grade::trouble,
             fmt::format("passwords under a weak or old hash: {}; they should change them", some_of(weak))});
    return findings;
}

Findings examine_catalog(store::Transaction& txn) {
    std::set<std::string> open, local;
    for (const auto& endpoint : txn.scan<EndpointEntry>({}))
        if (endpoint.enabled && endpoint.interface == "public" && endpoint.url.starts_with("http://"))
            (on_this_machine(endpoint.url) ? local : open).insert(endpoint.url);
    Findings findings;
    if (!open.empty())
        findings.push_back({Grade::trouble, fmt::format("public endpoints without TLS: {}", some_of(open))});
    if (!local.empty())
        findings.push_back(
            {Grade::remark, fmt::format("{} public endpoints are plain HTTP on this machine", local.size())});
    if (open.empty() && local.empty()) findings.push_back({Grade::good, "all public endpoints are https"});
    return findings;
}

constexpr const char* kGrades[] = {"ok", "note", "trouble"};

void add(Findings& all, Findings more) { std::move(more.begin(), more.end(), std::back_inserter(all)); }

}  // namespace

Findings examine_keys(const runtime::Config& config) {
    Findings findings = examine_folder(token_key_folder(config), "token keys", true);
    add(findings, examine_folder(credential_key_folder(config), "credential keys", false));
    return findings;
}

nlohmann::json findings_json(const Findings& findings) {
    auto list = nlohmann::json::array();
    for (const auto& [grade, what] : findings)
        list.push_back({{"grade", kGrades[static_cast<int>(grade)]}, {"what", what}});
    return list;
}

Findings examine(store::Engine& engine, const Vault& vault, const runtime::Config& config, Timestamp now) {
    Findings findings = examine_settings(config);
    add(findings, examine_keys(config));
    store::Transaction txn(engine, {.time = now, .operation = "doctor"});
    add(findings, examine_users(txn));
    add(findings, examine_catalog(txn));
    if (const auto outdated = count_outdated_secrets(engine, vault, now); outdated > 0)
        findings.push_back(
            {Grade::remark,
             fmt::format("{} stored secrets are sealed by an older key: cumulet identity credential-migrate",
                         outdated)});
    return findings;
}

}  // namespace cumulet::identity

#include "identity/directories.hpp"

#include "common/runtime/log.hpp"
#include "identity/domain_config.hpp"
#include "identity/federation/public_id.hpp"
#include "identity/ldap/mirror.hpp"
#include "identity/model/directory.hpp"
#include "identity/model/domain_config.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity {
namespace {

// How long a directory that did not answer is left alone.
constexpr auto kLeftAlone = std::chrono::seconds(5);

api::Fault no_answer(const std::string& why) {
    return api::Fault(api::Errc::unavailable, "The directory of this domain does not answer. Please try again.")
        .detail(why);
}

struct Counted {
    explicit Counted(std::atomic<int>& count) : count(count), before(count.fetch_add(1)) {}
    ~Counted() { --count; }
    std::atomic<int>& count;
    const int before;
};

}  // namespace

struct Directories::Served {
    Served(std::string config, ldap::Options options) : config(std::move(config)), directory(std::move(options)) {}
    const std::string config;
    ldap::Directory directory;
    std::mutex mutex;
    Timestamp mirrored_at{}, left_alone_until{};
};

Directories::Directories(store::Engine& engine, const Clock& clock, const Vault& vault, DirectoriesOptions options)
    : engine_(engine), clock_(clock), vault_(vault), options_(options) {
    rounds_.emplace(
        "directories", options_.look_every, [this] { look(); }, true);
}

Directories::~Directories() { rounds_.reset(); }

void Directories::read_configurations() {
    store::Transaction txn(engine_, {.time = clock_.now(), .operation = "read directories"});
    std::map<std::string, std::shared_ptr<Served>> now;
    for (const auto& row : txn.scan<DomainConfig>({})) {
        const auto config = resolved_domain_options(domain_options(txn, vault_, row.domain_id));
        if (!config.contains("identity") || config["identity"].value("driver", "") != "ldap") continue;
        const auto section = config.value("ldap", nlohmann::json::object());
        const auto text = section.dump();
        auto old = served(row.domain_id);
        if (old && old->config == text) {
            now[row.domain_id] = std::move(old);
            continue;
        }
        try {
            now[row.domain_id] =
                std::make_shared<Served>(text, ldap::read_options(section, domain_config_defaults()["ldap"]));
        } catch (const std::runtime_error& error) {
            log::error("domain {} has no directory: {}", row.domain_id, error.what());
        }
    }
    std::lock_guard lock(mutex_);
    served_ = std::move(now);
}

void Directories::look() {
    read_configurations();
    std::map<std::string, std::shared_ptr<Served>> all;
    {
        std::lock_guard lock(mutex_);
        all = served_;
    }
    for (auto& [domain_id, each] : all) mirror(domain_id, *each);
}

void Directories::mirror(const std::string& domain_id, Served& served) {
    {
        std::lock_guard lock(served.mutex);
        if (served.mirrored_at + options_.mirror_every > clock_.now()) return;
        served.mirrored_at = clock_.now();
    }
    try {
        const auto counts = ldap::mirror_all(engine_, clock_, domain_id, served.directory);
        log::info("directory of domain {}: {} users, {} groups, {} left it, {} skipped", domain_id, counts.users,
                  counts.groups, counts.gone, counts.skipped);
    } catch (const ldap::DirectoryError& error) {
        log::warning("the directory of domain {} cannot be mirrored: {}", domain_id, error.what());
    }
}

std::shared_ptr<Directories::Served> Directories::served(const std::string& domain_id) {
    std::lock_guard lock(mutex_);
    auto found = served_.find(domain_id);
    return found == served_.end() ? nullptr : found->second;
}

std::string Directories::checked_user(store::Transaction& txn, Served& served, const DirectoryLogin& login) {
    auto& directory = served.directory;
    std::optional<ldap::DirectoryUser> user;
    if (!login.user_id.empty()) {
        if (auto entry = txn.get<DirectoryEntry>(login.user_id)) user = directory.user_by_id(entry->local_id);
    } else {
        user = directory.user_by_name(login.name);
    }
    // Somebody who is not there costs as much as a wrong password.
    const auto dn = user ? user->dn : "cn=nobody," + directory.options().suffix;
    if (!directory.is_password(dn, login.password) || !user)
        throw unauthorized("the directory does not know this user and password");
    if (!user->enabled) throw unauthorized("the user is disabled in the directory");
    const auto id = ldap::mirror_user(txn, login.domain_id, *user);
    if (!id) throw unauthorized("a local user has the name of the directory's");
    std::set<std::string> group_ids;
    for (const auto& group : directory.groups_of(*user))
        if (auto group_id = ldap::mirror_group(txn, login.domain_id, group)) group_ids.insert(*group_id);
    ldap::mirror_groups_of_user(txn, login.domain_id, *id, group_ids);
    return *id;
}

std::optional<std::string> Directories::log_in(store::Transaction& txn, const DirectoryLogin& login) {
    const auto place = served(login.domain_id);
    if (!place || (!login.user_id.empty() && !txn.get<DirectoryEntry>(login.user_id))) return std::nullopt;
    {
        std::lock_guard lock(place->mutex);
        if (place->left_alone_until > clock_.now()) throw no_answer("it did not a moment ago");
    }
    const Counted counted(logins_);
    if (counted.before >= options_.most_logins) throw no_answer("too many wait for it");
    try {
        return checked_user(txn, *place, login);
    } catch (const ldap::DirectoryError& error) {
        log::warning("the directory of domain {}: {}", login.domain_id, error.what());
        std::lock_guard lock(place->mutex);
        place->left_alone_until = clock_.now() + kLeftAlone;
        throw no_answer(error.what());
    }
}

}  // namespace cumulet::identity

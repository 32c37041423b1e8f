#include "identity/bootstrap.hpp"

#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/catalog_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

using nlohmann::json;

struct Account {
    std::string user, project, password;
    bool generated = false;
};

Account account_of(const json& object, bool generated) {
    Account account;
    account.user = object.at("user").get<std::string>();
    account.project = object.value("project", "");
    account.password = object.at("password").get<std::string>();
    account.generated = object.value("generated", generated);
    return account;
}

// Hashes are computed before the transaction and side by side: at full cost each takes a third of a second.
class Hashes {
public:
    Hashes(passwords::Checker& passwords) : passwords_(passwords) {}
    void start(const Account& account) {
        running_[account.user] = std::async(std::launch::async, [this, account] {
            return account.generated ? passwords_.hash_random_secret(account.password)
                                     : passwords_.hash(account.password);
        });
    }
    void set(store::Transaction& txn, const Account& account, const std::string& user_id) {
        auto& done = done_[account.user];
        if (done.empty()) done = running_.at(account.user).get();
        set_password_hash(txn, user_id, done, false);
        passwords_.remember(account.password, done);
    }
    bool has(const std::string& user) const { return running_.contains(user); }

private:
    passwords::Checker& passwords_;
    std::map<std::string, std::future<std::string>> running_;
    std::map<std::string, std::string> done_;
};

class Bootstrap {
public:
    Bootstrap(store::Transaction& txn, Random& random, passwords::Checker& passwords, Hashes& hashes)
        : txn_(txn), random_(random), passwords_(passwords), hashes_(hashes) {}

    void run(const json& document) {
        ensure_domain();
        const std::string service_project = ensure_project("service");
        for (const char* name : {"reader", "member", "manager", "admin", "service"}) ensure_role(name);
        imply("admin", "manager");
        imply("manager", "member");
        imply("member", "reader");
        if (document.contains("admin")) {
            const auto admin = account_of(document["admin"], false);
            const auto user = ensure_user(admin, false);
            give(user, "admin", TargetKind::project, ensure_project(admin.project));
            give(user, "admin", TargetKind::system, std::string(kSystemTarget));
        }
        if (document.contains("demo")) {
            const auto demo = account_of(document["demo"], false);
            give(ensure_user(demo, false), "member", TargetKind::project, ensure_project(demo.project));
        }
        for (const auto& each : document.value("services", json::array())) {
            const auto user = ensure_user(account_of(each, true), true);
            give(user, "service", TargetKind::project, service_project);
            give(user, "admin", TargetKind::project, service_project);
        }
        const auto region = document.value("region", "RegionOne");
        if (!txn_.get<Region>(region)) txn_.put(Region{.id = region}, "bootstrap");
        for (const auto& each : document.value("catalog", json::array())) ensure_service(region, each);
    }

private:
    void ensure_domain() {
        if (txn_.get<Project>(kDefaultDomain)) return;
        Project domain{.id = std::string(kDefaultDomain),
                       .name = "Default",
                       .domain_id = "",
                       .parent_id = "",
                       .description = "The default domain"};
        domain.is_domain = true;
        domain.created_at = txn_.now();
        txn_.put(domain, "bootstrap");
    }

    std::string ensure_project(const std::string& name) {
        if (auto found = find_project_by_name(txn_, kDefaultDomain, name)) return found->id;
        Project project{.id = random_.hex_uuid(),
                        .name = name,
                        .domain_id = std::string(kDefaultDomain),
                        .parent_id = std::string(kDefaultDomain),
                        .description = ""};
        project.created_at = txn_.now();
        txn_.put(project, "bootstrap");
        return project.id;
    }

    void ensure_role(const std::string& name) {
        if (find_role_by_name(txn_, "", name)) return;
        Role role{.id = random_.hex_uuid(), .name = name, .domain_id = "", .description = ""};
        role.options = {{"immutable", true}};
        txn_.put(role, "bootstrap");
    }

    std::string role_id(const std::string& name) { return find_role_by_name(txn_, "", name).value().id; }

    void imply(const std::string& prior, const std::string& implied) {
        const ImpliedRole rule{role_id(prior), role_id(implied)};
        if (!txn_.get<ImpliedRole>(rule.prior_role_id, rule.implied_role_id)) txn_.put(rule, "bootstrap");
    }

    // People may have changed their passwords since; services get what the file says.
    std::string ensure_user(const Account& account, bool follow_password) {
        if (auto found = find_user_by_name(txn_, kDefaultDomain, account.user)) {
            if (follow_password && hashes_.has(account.user) &&
                !passwords_.check(account.password, password_hash_of(txn_, found->id)))
                hashes_.set(txn_, account, found->id);
            return found->id;
        }
        User user{.id = random_.hex_uuid(), .name = account.user, .domain_id = std::string(kDefaultDomain)};
        user.created_at = txn_.now();
        create_user(txn_, user);
        hashes_.set(txn_, account, user.id);
        return user.id;
    }

    void give(const std::string& user_id, const std::string& role, TargetKind kind, const std::string& target_id) {
        grant(txn_, {.actor_kind = ActorKind::user,
                     .actor_id = user_id,
                     .target_kind = kind,
                     .target_id = target_id,
                     .role_id = role_id(role),
                     .inherited = false,
                     .created_at = txn_.now()});
    }

    void ensure_service(const std::string& region, const json& wanted) {
        const auto type = wanted.at("type").get<std::string>();
        const auto url = wanted.at("url").get<std::string>();
        auto known = txn_.scan<ServiceEntry>({.index = "type"}, type);
        if (known.empty()) {
            ServiceEntry service;
            service.id = random_.hex_uuid();
            service.type = type;
            service.name = wanted.value("name", type);
            service.has_name = true;
            txn_.put(service, "bootstrap");
            known.push_back(service);
        }
        auto endpoints = txn_.scan<EndpointEntry>({.index = "service"}, known.front().id);
        for (const char* interface : {"public", "internal", "admin"}) {
            auto same = std::find_if(endpoints.begin(), endpoints.end(), [&](const auto& each) {
                return each.interface == interface && each.region_id == region;
            });
            EndpointEntry endpoint;
            if (same != endpoints.end()) endpoint = *same;
            if (endpoint.url == url) continue;
            if (endpoint.id.empty()) endpoint.id = random_.hex_uuid();
            endpoint.service_id = known.front().id;
            endpoint.region_id = region;
            endpoint.interface = interface;
            endpoint.url = url;
            put_endpoint(txn_, endpoint, "bootstrap");
        }
    }

    store::Transaction& txn_;
    Random& random_;
    passwords::Checker& passwords_;
    Hashes& hashes_;
};

// Which of the accounts will need a hash: those that are not there, and services, whose check is cheap.
void start_hashes(store::Engine& engine, const Clock& clock, const json& document, Hashes& hashes) {
    store::Transaction txn(engine, {.time = clock.now(), .operation = "bootstrap"});
    auto missing = [&](const Account& account) { return !find_user_by_name(txn, kDefaultDomain, account.user); };
    for (const char* name : {"admin", "demo"}) {
        if (!document.contains(name)) continue;
        if (const auto account = account_of(document[name], false); missing(account)) hashes.start(account);
    }
    for (const auto& each : document.value("services", json::array())) hashes.start(account_of(each, true));
}

}  // namespace

void apply_bootstrap(store::Engine& engine, const Clock& clock, Random& random, passwords::Checker& passwords,
                     const json& document) {
    Hashes hashes(passwords);
    start_hashes(engine, clock, document, hashes);
    store::transact(engine, {.time = clock.now(), .operation = "bootstrap"},
                    [&](store::Transaction& txn) { Bootstrap(txn, random, passwords, hashes).run(document); });
}

void apply_bootstrap_file(store::Engine& engine, const Clock& clock, Random& random, passwords::Checker& passwords,
                          const std::string& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("cannot read the bootstrap file " + file);
    std::stringstream text;
    text << in.rdbuf();
    try {
        apply_bootstrap(engine, clock, random, passwords, json::parse(text.str()));
    } catch (const json::exception& error) {
        throw std::runtime_error("the bootstrap file " + file + " is not of the expected form: " + error.what());
    }
}

}  // namespace cumulet::identity

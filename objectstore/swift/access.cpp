#include "objectstore/swift/access.hpp"

#include <algorithm>

#include "objectstore/swift/account_acl.hpp"
#include "objectstore/swift/acl.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

bool has_any_role(const auth::Context& who, const std::vector<std::string>& roles) {
    return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) { return who.has_role(role); });
}

bool reads(const SwiftCall& call, const Container& container, bool listing) {
    const Acl acl = parse_acl(container.read_acl);
    if (call.has_actor() && acl.allows(call.actor(), names_hold(container))) return true;
    if (listing && !acl.listings) return false;
    return acl.allows_referrer(call.header("Referer").value_or(""));
}

// Owner by token: what the account's own ACL says is not asked.
bool is_operator(const SwiftCall& call, const std::string& account) {
    if (!call.has_actor()) return false;
    const auto& settings = call.module<Swift>().settings;
    const auto& who = call.actor();
    if (is_reseller(call)) return true;
    const bool of_service = !settings.service_prefix.empty() && account.starts_with(settings.service_prefix);
    // Accounts of services: the user's own, but only through the service that they belong to.
    if (of_service && !(call.service() && has_any_role(*call.service(), settings.service_roles))) return false;
    if (is_tempauth(who)) return who.has_role(account);
    if (who.project_id.empty() || !has_any_role(who, settings.operator_roles)) return false;
    return account == (of_service ? settings.service_prefix : settings.account_prefix) + who.project_id;
}

Grant granted(const SwiftCall& call, const std::string& account) {
    if (is_operator(call, account)) return Grant::admin;
    if (!call.has_actor()) return Grant::none;
    store::Transaction txn(call.module<Swift>().store, {});
    const auto known = txn.peek<Account>(account);
    return known ? grant_of(*known, call.actor()) : Grant::none;
}

bool may_read(const SwiftCall& call, const std::string& account, const Container* container) {
    return is_operator(call, account) || (container && reads(call, *container, false)) ||
           granted(call, account) >= Grant::read;
}

}  // namespace

bool names_hold(const Container& container) { return !container.system.contains("project-domain"); }

void deny(const SwiftCall& call) {
    if (call.has_actor()) throw Fault::general(Errc::forbidden);
    throw Fault::general(Errc::unauthorized);
}

bool is_reseller(const SwiftCall& call) {
    if (!call.has_actor()) return false;
    if (is_tempauth(call.actor())) return call.actor().has_role(".reseller_admin");
    return has_any_role(call.actor(), call.module<Swift>().settings.reseller_admin_roles);
}

bool owns(const SwiftCall& call, const std::string& account) { return granted(call, account) == Grant::admin; }

void require_owner(const SwiftCall& call, const std::string& account) {
    if (!owns(call, account)) deny(call);
}

void require_reseller(const SwiftCall& call) {
    if (!is_reseller(call)) deny(call);
}

void require_account_read(const SwiftCall& call, const std::string& account) {
    if (granted(call, account) < Grant::read) deny(call);
}

void require_account_write(const SwiftCall& call, const std::string& account) {
    if (granted(call, account) < Grant::write) deny(call);
}

void require_object_read(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place,
                         const Container* container) {
    if (is_temp_url(call)) return require_temp_url(call, txn, place);
    if (call.has_warrant(place.account, place.container)) return;
    if (!may_read(call, place.account, container)) deny(call);
}

bool may_list(const SwiftCall& call, const std::string& account, const Container* container) {
    return is_operator(call, account) || (container && reads(call, *container, true)) ||
           granted(call, account) >= Grant::read;
}

void require_list(const SwiftCall& call, const std::string& account, const Container* container) {
    if (!may_list(call, account, container)) deny(call);
}

void require_write(const SwiftCall& call, const std::string& account, const Container* container) {
    if (is_operator(call, account)) return;
    if (container && call.has_warrant(account, container->name)) return;
    if (container && call.has_actor() && parse_acl(container->write_acl).allows(call.actor(), names_hold(*container)))
        return;
    if (granted(call, account) >= Grant::write) return;
    deny(call);
}

}  // namespace cumulet::objectstore::swift

#include "objectstore/swift/access.hpp"

#include <algorithm>

#include "objectstore/swift/acl.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

bool has_any_role(const auth::Context& who, const std::vector<std::string>& roles) {
    return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) { return who.has_role(role); });
}

[[noreturn]] void deny(const api::Call& call) {
    if (call.has_actor()) throw Fault(Errc::forbidden, "Access was denied to this resource.");
    throw Fault(Errc::unauthorized,
                "This server could not verify that you are authorized to access the document you requested.");
}

bool reads(const api::Call& call, const Container& container, bool listing) {
    const Acl acl = parse_acl(container.read_acl);
    if (call.has_actor() && acl.allows(call.actor())) return true;
    if (listing && !acl.listings) return false;
    return acl.allows_referrer(call.header("Referer").value_or(""));
}

}  // namespace

bool owns(const api::Call& call, const std::string& account) {
    if (!call.has_actor()) return false;
    const auto& settings = call.module<Swift>().settings;
    const auto& who = call.actor();
    if (has_any_role(who, settings.reseller_admin_roles)) return true;
    return !who.project_id.empty() && account == settings.account_prefix + who.project_id &&
           has_any_role(who, settings.operator_roles);
}

void require_owner(const api::Call& call, const std::string& account) {
    if (!owns(call, account)) deny(call);
}

void require_reseller(const api::Call& call) {
    if (!call.has_actor() || !has_any_role(call.actor(), call.module<Swift>().settings.reseller_admin_roles))
        deny(call);
}

void require_read(const api::Call& call, const std::string& account, const Container* container) {
    if (owns(call, account) || (container && reads(call, *container, false))) return;
    deny(call);
}

void require_list(const api::Call& call, const std::string& account, const Container* container) {
    if (owns(call, account) || (container && reads(call, *container, true))) return;
    deny(call);
}

void require_write(const api::Call& call, const std::string& account, const Container* container) {
    if (owns(call, account)) return;
    if (container && call.has_actor() && parse_acl(container->write_acl).allows(call.actor())) return;
    deny(call);
}

}  // namespace cumulet::objectstore::swift

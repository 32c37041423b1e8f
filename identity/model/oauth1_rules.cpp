#include "identity/model/oauth1_rules.hpp"

#include "identity/model/assignment_rules.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/role_rules.hpp"

namespace cumulet::identity {

using api::Errc;
using api::Fault;

OauthConsumer require_consumer(store::Transaction& txn, std::string_view id) {
    auto consumer = txn.get<OauthConsumer>(id);
    if (!consumer) throw Fault(Errc::not_found, "Consumer not found");
    return *consumer;
}

OauthRequest require_oauth_request(store::Transaction& txn, std::string_view id) {
    auto request = txn.get<OauthRequest>(id);
    if (!request) throw Fault(Errc::not_found, "Request token not found");
    if (request->expires_at && *request->expires_at < txn.now())
        throw Fault(Errc::unauthorized, "Request token is expired");
    return *request;
}

OauthAccess require_oauth_access(store::Transaction& txn, std::string_view id) {
    auto access = txn.get<OauthAccess>(id);
    if (!access) throw Fault(Errc::not_found, "Access token not found");
    return *access;
}

void delete_oauth_access(store::Transaction& txn, const OauthAccess& access, std::string_view reason) {
    refresh(txn, {.user_id = access.user_id});
    txn.erase(access, reason);
}

void delete_consumer(store::Transaction& txn, const OauthConsumer& consumer) {
    for (const auto& request : txn.scan<OauthRequest>({.index = "consumer"}, consumer.id))
        txn.erase(request, "consumer deleted");
    for (const auto& access : txn.scan<OauthAccess>({.index = "consumer"}, consumer.id))
        delete_oauth_access(txn, access, "consumer deleted");
    txn.erase(consumer, "deleted");
}

void remove_oauth_of_user(store::Transaction& txn, std::string_view user_id) {
    for (const auto& access : txn.scan<OauthAccess>({.index = "user"}, user_id))
        delete_oauth_access(txn, access, "user deleted");
}

void remove_oauth_of_project(store::Transaction& txn, std::string_view project_id) {
    for (const auto& access : txn.scan<OauthAccess>({.index = "project"}, project_id))
        delete_oauth_access(txn, access, "project deleted");
}

std::vector<Role> oauth_roles(store::Transaction& txn, const OauthAccess& access) {
    auto roles = effective_roles(txn, access.user_id, TargetKind::project, access.project_id);
    const auto given = with_implied(txn, {access.role_ids.begin(), access.role_ids.end()});
    std::erase_if(roles, [&](const Role& role) { return !given.contains(role.id); });
    return roles;
}

}  // namespace cumulet::identity

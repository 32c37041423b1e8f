#include "identity/model/federation_rules.hpp"

#include <algorithm>
#include <set>

#include "identity/model/births.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/revocation_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

void release_remote_ids(store::Transaction& txn, const IdentityProvider& idp) {
    for (const auto& id : idp.remote_ids)
        if (auto row = txn.get<RemoteId>(id); row && row->idp_id == idp.id) txn.erase(*row, "released");
}

void claim_remote_ids(store::Transaction& txn, const IdentityProvider& idp) {
    for (const auto& id : idp.remote_ids) {
        auto row = txn.get<RemoteId>(id);
        if (row && row->idp_id != idp.id) throw conflict("identity_provider", "Duplicate remote ID: " + id);
        txn.put(RemoteId{.remote_id = id, .idp_id = idp.id}, "claimed");
    }
}

// The identities of a provider (or of one of its protocols) go; a user who has no other and no name of its own goes
// too.
void forget_identities(store::Transaction& txn, std::vector<FederatedUser> identities) {
    std::set<std::string> users;
    for (const auto& identity : identities) {
        txn.erase(identity, "provider deleted");
        users.insert(identity.user_id);
    }
    for (const auto& id : users) {
        revoke(txn, {.user_id = id});
        if (auto user = txn.get<User>(id); user && user->federated && federated_objects_of(txn, id).empty())
            delete_user(txn, *user);
    }
}

// What identities, memberships and protocols hang on (births.hpp): operators choose these ids, so they are kept apart
// from all others.
std::string births_of(std::string_view idp_id) { return fmt::format("identity_provider/{}", idp_id); }
std::string births_of(std::string_view idp_id, std::string_view protocol_id) {
    return fmt::format("identity_provider/{}/{}", idp_id, protocol_id);
}

void put_identity(store::Transaction& txn, const FederatedUser& identity) {
    hang_on(txn, identity.user_id);
    hang_on(txn, births_of(identity.idp_id));
    hang_on(txn, births_of(identity.idp_id, identity.protocol_id));
    txn.put(identity, "linked");
}

bool is_known_to(store::Transaction& txn, std::string_view idp_id, std::string_view user_id) {
    const auto identities = federated_objects_of(txn, user_id);
    return std::any_of(identities.begin(), identities.end(), [&](const auto& each) { return each.idp_id == idp_id; });
}

void require_known_mapping(store::Transaction& txn, std::string_view id) {
    if (!txn.get<Mapping>(id)) throw api::Fault(api::Errc::bad_request, "Invalid mapping id: {}", id);
}

}  // namespace

IdentityProvider require_idp(store::Transaction& txn, std::string_view id) {
    auto idp = txn.get<IdentityProvider>(id);
    if (!idp) throw api::Fault(api::Errc::not_found, "Could not find Identity Provider: {}.", id);
    return *idp;
}

FederationProtocol require_protocol(store::Transaction& txn, std::string_view idp_id, std::string_view id) {
    auto protocol = txn.get<FederationProtocol>(idp_id, id);
    if (!protocol)
        throw api::Fault(api::Errc::not_found, "Could not find federated protocol {} for Identity Provider: {}.", id,
                         idp_id);
    return *protocol;
}

Mapping require_mapping(store::Transaction& txn, std::string_view id) {
    auto mapping = txn.get<Mapping>(id);
    if (!mapping) throw not_found("mapping", id);
    return *mapping;
}

ServiceProvider require_service_provider(store::Transaction& txn, std::string_view id) {
    auto provider = txn.get<ServiceProvider>(id);
    if (!provider) throw api::Fault(api::Errc::not_found, "Could not find Service Provider: {}.", id);
    return *provider;
}

void create_idp(store::Transaction& txn, IdentityProvider& idp, const std::string& new_domain_id) {
    if (txn.get<IdentityProvider>(idp.id)) throw conflict("identity_provider", "Duplicate entry: " + idp.id);
    if (idp.domain_id.empty()) {
        Project domain{.id = new_domain_id, .name = new_domain_id};
        domain.description = "Auto generated federated domain for Identity Provider: " + idp.id;
        domain.is_domain = true;
        domain.created_at = txn.now();
        create_project(txn, domain);
        idp.domain_id = domain.id;
    } else {
        require_domain(txn, idp.domain_id);
        hang_on(txn, idp.domain_id);
    }
    claim_remote_ids(txn, idp);
    txn.put(idp, "created");
}

void update_idp(store::Transaction& txn, const IdentityProvider& before, const IdentityProvider& changed) {
    release_remote_ids(txn, before);
    claim_remote_ids(txn, changed);
    txn.put(changed, "updated");
}

void delete_idp(store::Transaction& txn, const IdentityProvider& idp) {
    for (const auto& protocol : txn.scan<FederationProtocol>({}, idp.id)) txn.erase(protocol, "provider deleted");
    for (const auto& membership : txn.scan<ExpiringMembership>({.index = "idp"}, idp.id))
        txn.erase(membership, "provider deleted");
    release_remote_ids(txn, idp);
    forget_identities(txn, txn.scan<FederatedUser>({}, idp.id));
    close(txn, births_of(idp.id));
    txn.erase(idp, "deleted");
}

void remove_idps_of_domain(store::Transaction& txn, std::string_view domain_id) {
    for (const auto& idp : txn.scan<IdentityProvider>({.index = "domain"}, domain_id)) delete_idp(txn, idp);
}

std::optional<IdentityProvider> idp_of_remote_id(store::Transaction& txn, std::string_view remote_id) {
    auto row = txn.get<RemoteId>(remote_id);
    if (!row) return std::nullopt;
    return txn.get<IdentityProvider>(row->idp_id);
}

void create_protocol(store::Transaction& txn, const FederationProtocol& protocol) {
    require_known_mapping(txn, protocol.mapping_id);
    require_idp(txn, protocol.idp_id);
    if (txn.get<FederationProtocol>(protocol.idp_id, protocol.id))
        throw conflict("federation_protocol", "Duplicate entry found with ID " + protocol.id);
    hang_on(txn, births_of(protocol.idp_id));
    txn.put(protocol, "created");
}

void update_protocol(store::Transaction& txn, const FederationProtocol& protocol) {
    require_known_mapping(txn, protocol.mapping_id);
    txn.put(protocol, "updated");
}

void delete_protocol(store::Transaction& txn, const FederationProtocol& protocol) {
    forget_identities(txn, txn.scan<FederatedUser>({}, protocol.idp_id, protocol.id));
    close(txn, births_of(protocol.idp_id, protocol.id));
    txn.erase(protocol, "deleted");
}

std::vector<FederatedUser> federated_objects_of(store::Transaction& txn, std::string_view user_id) {
    return txn.scan<FederatedUser>({.index = "user"}, user_id);
}

void set_federated_objects(store::Transaction& txn, const User& user, const std::vector<FederatedUser>& objects) {
    for (const auto& old : federated_objects_of(txn, user.id)) txn.erase(old, "replaced");
    for (auto object : objects) {
        if (!txn.get<IdentityProvider>(object.idp_id))
            throw api::Fault(api::Errc::bad_request, "Could not find Identity Provider: {}.", object.idp_id);
        if (!txn.get<FederationProtocol>(object.idp_id, object.protocol_id))
            throw api::Fault(api::Errc::bad_request, "Could not find federated protocol {} for Identity Provider: {}.",
                             object.protocol_id, object.idp_id);
        if (auto taken = txn.get<FederatedUser>(object.idp_id, object.protocol_id, object.unique_id);
            taken && taken->user_id != user.id)
            throw conflict("federated_user", "Duplicate entry: " + object.unique_id);
        object.user_id = user.id;
        if (object.display_name.empty()) object.display_name = user.name;
        put_identity(txn, object);
    }
}

void remove_federation_of_user(store::Transaction& txn, std::string_view user_id) {
    for (const auto& object : federated_objects_of(txn, user_id)) txn.erase(object, "user deleted");
    for (const auto& membership : txn.scan<ExpiringMembership>({}, user_id)) txn.erase(membership, "user deleted");
}

void remove_expiring_memberships_in(store::Transaction& txn, std::string_view group_id) {
    for (const auto& membership : txn.scan<ExpiringMembership>({.index = "group"}, group_id)) {
        refresh(txn, {.user_id = membership.user_id});
        txn.erase(membership, "group deleted");
    }
}

User shadow_federated_user(store::Transaction& txn, const IdentityProvider& idp, const FederatedUser& identity,
                           const std::optional<std::string>& email) {
    auto known = txn.get<FederatedUser>(idp.id, identity.protocol_id, identity.unique_id);
    auto user = known ? txn.get<User>(known->user_id) : std::nullopt;
    if (known && !user) throw unauthorized("the user of a federated identity is gone");
    if (!known) {
        User made{.id = identity.user_id, .name = identity.display_name, .domain_id = idp.domain_id};
        made.federated = true;
        made.created_at = txn.now();
        if (email) made.extra["email"] = *email;
        // The same person by another protocol. Another provider of the same domain must not speak for its users.
        user = txn.get<User>(made.id);
        if (!user) {
            hang_on(txn, made.domain_id);
            txn.put(made, "federated");
            user = made;
        } else if (!is_known_to(txn, idp.id, user->id)) {
            throw conflict("federated_user", "Duplicate entry: " + identity.unique_id);
        }
        known = FederatedUser{.idp_id = idp.id,
                              .protocol_id = identity.protocol_id,
                              .unique_id = identity.unique_id,
                              .user_id = user->id,
                              .display_name = identity.display_name};
        put_identity(txn, *known);
        return *user;
    }
    if (known->display_name != identity.display_name) {
        known->display_name = identity.display_name;
        txn.put(*known, "renamed");
    }
    const bool renamed = user->federated && user->name != identity.display_name;
    const bool moved = email && user->extra.value("email", "") != *email;
    if (renamed) user->name = identity.display_name;
    if (moved) user->extra["email"] = *email;
    if (renamed || moved) txn.put(*user, "federated");
    return *user;
}

void set_expiring_memberships(store::Transaction& txn, std::string_view user_id, std::string_view idp_id,
                              const std::vector<std::string>& group_ids, Timestamp expires_at) {
    const std::set<std::string> vouched(group_ids.begin(), group_ids.end());
    bool changed = false;
    for (const auto& old : txn.scan<ExpiringMembership>({}, user_id)) {
        if (old.idp_id != idp_id || vouched.contains(old.group_id)) continue;
        txn.erase(old, "not vouched for");
        changed = true;
    }
    if (expires_at > txn.now()) {
        for (const auto& group_id : vouched) {
            if (!txn.get<ExpiringMembership>(user_id, group_id, idp_id)) {
                changed = true;
                for (const auto& id : {std::string(user_id), group_id, births_of(idp_id)}) hang_on(txn, id);
            }
            txn.put(ExpiringMembership{.user_id = std::string(user_id),
                                       .group_id = group_id,
                                       .idp_id = std::string(idp_id),
                                       .last_verified = txn.now(),
                                       .expires_at = expires_at},
                    "verified");
        }
    }
    if (changed) refresh(txn, {.user_id = std::string(user_id)});
}

std::vector<ExpiringMembership> expiring_memberships_of(store::Transaction& txn, std::string_view user_id) {
    auto found = txn.scan<ExpiringMembership>({}, user_id);
    std::erase_if(found, [&](const ExpiringMembership& each) { return each.expires_at <= txn.now(); });
    return found;
}

void use_assertion_once(store::Transaction& txn, std::string_view idp_id, std::string_view assertion_id,
                        Timestamp until) {
    if (txn.get<UsedAssertion>(idp_id, assertion_id)) throw unauthorized("an assertion that was used before");
    txn.put(UsedAssertion{.idp_id = std::string(idp_id), .assertion_id = std::string(assertion_id), .until = until},
            "used");
}

std::size_t forget_ended_federation(store::Transaction& txn, std::size_t most) {
    std::size_t gone = 0;
    for (const auto& used : txn.scan<UsedAssertion>({.index = "until", .limit = most})) {
        if (used.until > txn.now()) break;
        txn.erase(used, "ended");
        ++gone;
    }
    for (const auto& membership : txn.scan<ExpiringMembership>({.index = "end", .limit = most})) {
        if (membership.expires_at > txn.now()) break;
        txn.erase(membership, "ended");
        ++gone;
    }
    return gone;
}

}  // namespace cumulet::identity

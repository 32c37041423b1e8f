#include "identity/federation/login.hpp"

#include <algorithm>
#include <set>

#include "common/runtime/text.hpp"
#include "identity/federation/mapping.hpp"
#include "identity/federation/public_id.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity::federation {
namespace {

constexpr std::string_view kMapped = "mapped";
constexpr std::string_view kRemoteUser = "REMOTE_USER";
constexpr std::size_t kMostGroups = 1000;
constexpr std::size_t kLongestName = 255;

void check_remote_id(const IdentityProvider& idp, const FederationProtocol& protocol, const LoginRules& rules,
                     const Assertion& assertion) {
    const auto& attribute =
        protocol.remote_id_attribute.empty() ? rules.remote_id_attribute : protocol.remote_id_attribute;
    if (attribute.empty() || idp.remote_ids.empty()) return;
    auto said = assertion.find(attribute);
    if (said == assertion.end() || said->second.size() != 1)
        throw unauthorized("the assertion does not say who made it: no " + attribute);
    if (std::find(idp.remote_ids.begin(), idp.remote_ids.end(), said->second.front()) == idp.remote_ids.end())
        throw api::Fault(api::Errc::forbidden,
                         "Incoming identity provider identifier not included among the accepted identifiers.");
}

std::string domain_id_of(store::Transaction& txn, const DomainName& domain) {
    if (!domain.id.empty()) return domain.id;
    auto found = find_domain_by_name(txn, domain.name);
    if (!found) throw unauthorized("the mapping names the domain " + domain.name + ", which is not there");
    return found->id;
}

// Groups by id must be there; those by name that are not are left out.
std::vector<std::string> groups_of_mapping(store::Transaction& txn, const MappedProperties& mapped) {
    std::set<std::string> ids;
    for (const auto& id : mapped.group_ids) {
        if (!txn.get<Group>(id)) throw unauthorized("the mapping gives the group " + id + ", which is not there");
        ids.insert(id);
    }
    for (const auto& group : mapped.groups)
        if (auto found = txn.find<Group>("name", domain_id_of(txn, group.domain), group.name)) ids.insert(found->id);
    if (ids.size() > kMostGroups) throw unauthorized("the mapping gives too many groups");
    return {ids.begin(), ids.end()};
}

struct Grants {
    const MappedProject& project;
    std::string domain_id;
    std::vector<std::string> role_ids;
};

// Every role and domain is looked up before anything is made.
std::vector<Grants> grants_of(store::Transaction& txn, const std::vector<MappedProject>& projects,
                              const IdentityProvider& idp) {
    std::vector<Grants> all;
    for (const auto& project : projects) {
        Grants grants{.project = project,
                      .domain_id = project.domain.empty() ? idp.domain_id : domain_id_of(txn, project.domain),
                      .role_ids = {}};
        for (const auto& name : project.roles) {
            auto role = find_role_by_name(txn, "", name);
            if (!role) role = find_role_by_name(txn, grants.domain_id, name);
            if (!role) throw not_found("role", name);
            grants.role_ids.push_back(role->id);
        }
        all.push_back(std::move(grants));
    }
    return all;
}

// The roles that a mapping of the third version does not give any more.
void take_away_others(store::Transaction& txn, const std::string& user_id,
                      const std::set<std::pair<std::string, std::string>>& given) {
    for (const auto& each : txn.scan<Assignment>({}, ActorKind::user, user_id, TargetKind::project))
        if (!given.contains({each.target_id, each.role_id})) revoke_grant(txn, each);
}

void provision_projects(store::Transaction& txn, const MappedProperties& mapped, const IdentityProvider& idp,
                        const std::string& user_id, Random& random) {
    std::set<std::pair<std::string, std::string>> given;
    for (const auto& [wanted, domain_id, role_ids] : grants_of(txn, mapped.projects, idp)) {
        auto project = find_project_by_name(txn, domain_id, wanted.name);
        if (!project) {
            project =
                Project{.id = random.hex_uuid(), .name = wanted.name, .domain_id = domain_id, .parent_id = domain_id};
            project->created_at = txn.now();
            create_project(txn, *project);
        }
        for (const auto& role_id : role_ids) {
            grant(txn, {.actor_kind = ActorKind::user,
                        .actor_id = user_id,
                        .target_kind = TargetKind::project,
                        .target_id = project->id,
                        .role_id = role_id,
                        .created_at = txn.now()});
            given.emplace(project->id, role_id);
        }
    }
    if (mapped.only_these_projects) take_away_others(txn, user_id, given);
}

std::string local_user(store::Transaction& txn, const MappedProperties& mapped) {
    std::optional<User> user;
    if (!mapped.user_id.empty())
        user = txn.get<User>(mapped.user_id);
    else if (!mapped.user_name.empty() && !mapped.user_domain.empty())
        user = find_user_by_name(txn, domain_id_of(txn, mapped.user_domain), mapped.user_name);
    if (!user || !user->enabled) throw unauthorized("the mapping gives a local user who is not there or disabled");
    return user->id;
}

FederatedUser identity_of(const MappedProperties& mapped, const Assertion& assertion, const IdentityProvider& idp,
                          const std::string& protocol_id) {
    std::string name = mapped.user_name, id = mapped.user_id;
    if (name.empty())
        if (auto remote = assertion.find(kRemoteUser); remote != assertion.end() && remote->second.size() == 1)
            name = remote->second.front();
    if (name.empty()) name = id;
    if (id.empty()) id = name;
    if (id.empty()) throw unauthorized("the mapping gives the user neither id nor name");
    if (id.size() > kLongestName || name.size() > kLongestName) throw unauthorized("the user's name is too long");
    if (!text::is_utf8(id) || !text::is_utf8(name)) throw unauthorized("the user's name is no UTF-8");
    auto unique_id = text::percent_encode(id, "/");
    auto user_id = public_id_of(idp.domain_id, "user", unique_id);
    return {.idp_id = idp.id,
            .protocol_id = protocol_id,
            .unique_id = std::move(unique_id),
            .user_id = std::move(user_id),
            .display_name = std::move(name)};
}

}  // namespace

tokens::TokenFacts federated_login(store::Transaction& txn, const LoginRules& rules, const std::string& idp_id,
                                   const std::string& protocol_id, const Assertion& assertion, Random& random) {
    const auto idp = require_idp(txn, idp_id);
    if (!idp.enabled) throw api::Fault(api::Errc::forbidden, "Identity Provider {} is disabled", idp_id);
    const auto protocol = require_protocol(txn, idp_id, protocol_id);
    check_remote_id(idp, protocol, rules, assertion);
    const auto mapping = txn.get<Mapping>(protocol.mapping_id);
    if (!mapping) throw unauthorized("the mapping " + protocol.mapping_id + " is gone");
    const auto mapped = apply_rules(mapping->rules, assertion, rule_version(mapping->schema_version));

    tokens::TokenFacts facts;
    const bool own_method = std::find(rules.methods.begin(), rules.methods.end(), protocol_id) != rules.methods.end();
    facts.methods = {own_method ? protocol_id : std::string(kMapped)};
    if (mapped.user_type == UserType::local) {
        facts.user_id = local_user(txn, mapped);
        return facts;
    }
    facts.group_ids = groups_of_mapping(txn, mapped);
    const auto user =
        shadow_federated_user(txn, idp, identity_of(mapped, assertion, idp, protocol_id), mapped.user_email);
    if (!user.enabled) throw unauthorized("the federated user is disabled");
    const auto lasts =
        idp.authorization_ttl ? Duration(std::chrono::minutes(*idp.authorization_ttl)) : rules.group_memberships;
    set_expiring_memberships(txn, user.id, idp.id, facts.group_ids, txn.now() + lasts);
    provision_projects(txn, mapped, idp, user.id, random);
    facts.user_id = user.id;
    facts.identity_provider_id = idp.id;
    facts.protocol_id = protocol_id;
    return facts;
}

}  // namespace cumulet::identity::federation

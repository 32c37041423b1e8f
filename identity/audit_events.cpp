#include "identity/audit_events.hpp"

#include <nlohmann/json.hpp>

#include "identity/model/credentials.hpp"
#include "identity/model/login_state.hpp"
#include "identity/model/policies.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/revocation.hpp"
#include "identity/model/roles.hpp"
#include "identity/model/trusts.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {
namespace {

using nlohmann::json;
using store::Describe;

constexpr const char* kEventType = "http://schemas.dmtf.org/cloud/audit/1.0/event";
constexpr const char* kAccount = "service/security/account/user";
constexpr std::string_view kPublisher = "identity.cumulet";

// What a collection is called in notifications; those that are not here keep their own name.
struct Noun {
    std::string_view collection, name, type;
};
constexpr Noun kNouns[] = {{Describe<User>::collection, "user", "data/security/account/user"},
                           {Describe<Group>::collection, "group", "data/security/group"},
                           {Describe<Project>::collection, "project", "data/security/project"},
                           {Describe<Role>::collection, "role", "data/security/role"},
                           {"region", "region", "data/security/region"},
                           {"service", "service", "data/security/service"},
                           {"endpoint", "endpoint", "data/security/endpoint"},
                           {Describe<PolicyDocument>::collection, "policy", "data/security/policy"},
                           {Describe<Trust>::collection, "OS-TRUST:trust", "data/security/trust"},
                           {Describe<Credential>::collection, "credential", "data/security/credential"},
                           {"oauth_consumer", "OS-OAUTH1:consumer", "data/security/consumer"}};

// Follows from other events: revocations from what revoked, the count of wrong passwords from the log-ins.
bool is_bookkeeping(std::string_view collection) {
    return collection == Describe<RevocationEvent>::collection || collection == Describe<LoginState>::collection;
}

Noun noun_of(const store::Change& change) {
    for (const auto& noun : kNouns)
        if (noun.collection == change.collection) return noun;
    return {change.collection, change.collection, "data/security"};
}

// Strings in a key end with NUL and an end mark.
std::string first_part(const std::string& key) { return key.substr(0, key.find('\0')); }

json envelope(const std::string& event_type, const std::string& id, Timestamp time, bool good, json payload) {
    return {{"event_type", "identity." + event_type},
            {"message_id", id},
            {"publisher_id", kPublisher},
            {"priority", good ? "INFO" : "WARN"},
            {"timestamp", to_iso_micros(time)},
            {"payload", std::move(payload)}};
}

json start_event(const std::string& id, Timestamp time, const std::string& action, bool good) {
    return {{"typeURI", kEventType},
            {"eventType", "activity"},
            {"id", id},
            {"eventTime", to_iso_micros(time)},
            {"action", action},
            {"outcome", good ? "success" : "failure"},
            {"observer", {{"id", kPublisher}, {"typeURI", "service/security"}}}};
}

json initiator_of(const store::Cause& cause) {
    json initiator = {{"typeURI", kAccount}, {"id", cause.user_id.empty() ? cause.operation : cause.user_id}};
    if (!cause.user_id.empty()) initiator["user_id"] = cause.user_id;
    if (!cause.project_id.empty()) initiator["project_id"] = cause.project_id;
    if (!cause.request_id.empty()) initiator["request_id"] = cause.request_id;
    if (!cause.address.empty()) initiator["host"] = {{"address", cause.address}};
    return initiator;
}

json assignment_details(const std::string& row) {
    const auto assignment = store::decode_row<Assignment>(row);
    return {{"role", assignment.role_id},
            {std::string(store::enum_name(assignment.actor_kind)), assignment.actor_id},
            {std::string(store::enum_name(assignment.target_kind)), assignment.target_id},
            {"inherited_to_projects", assignment.inherited}};
}

json membership_details(const std::string& row) {
    const auto membership = store::decode_row<Membership>(row);
    return {{"user", membership.user_id}, {"group", membership.group_id}};
}

struct Described {
    std::string noun, type, id, action;
    json details = json::object();
};

Described describe_change(const store::Change& change) {
    const auto noun = noun_of(change);
    const auto& row = change.after.empty() ? change.before : change.after;
    Described described{std::string(noun.name), std::string(noun.type), first_part(change.key),
                        change.before.empty()  ? "created"
                        : change.after.empty() ? "deleted"
                                               : "updated"};
    if (change.collection == Describe<Project>::collection && store::decode_row<Project>(row).is_domain) {
        described.noun = "domain";
        described.type = "data/security/domain";
    } else if (change.collection == Describe<Assignment>::collection) {
        described.noun = "role_assignment";
        described.details = assignment_details(row);
        described.id = described.details["role"];
    } else if (change.collection == Describe<Membership>::collection) {
        described.noun = "group";
        described.type = "data/security/group";
        described.action = change.before.empty() ? "added_to" : "removed_from";
        described.details = membership_details(row);
        described.id = described.details["group"];
    } else if (change.collection == Describe<UserSecret>::collection) {
        described.noun = "user";
        described.type = "data/security/account/user";
        described.action = "updated";
    }
    return described;
}

}  // namespace

json audit_event(const LoginAttempt& attempt, const std::string& id) {
    const bool good = attempt.status / 100 == 2;
    json event = start_event(id, attempt.time, "authenticate", good);
    json host = {{"address", attempt.address}};
    if (!attempt.agent.empty()) host["agent"] = attempt.agent;
    event["initiator"] = {{"typeURI", kAccount},
                          {"id", attempt.user_id.empty() ? "unknown" : attempt.user_id},
                          {"host", std::move(host)},
                          {"request_id", attempt.request_id}};
    if (!attempt.user_id.empty()) event["initiator"]["user_id"] = attempt.user_id;
    if (!attempt.project_id.empty()) event["initiator"]["project_id"] = attempt.project_id;
    event["target"] = {{"typeURI", kAccount}, {"id", attempt.user_id.empty() ? "unknown" : attempt.user_id}};
    event["methods"] = attempt.methods;
    if (!good) event["reason"] = {{"reasonCode", std::to_string(attempt.status)}, {"reasonType", attempt.reason}};
    return envelope("authenticate", id, attempt.time, good, std::move(event));
}

std::vector<json> audit_events(const store::ChangeEntry& entry) {
    std::vector<json> events;
    for (const auto& change : entry.changes) {
        if (is_bookkeeping(change.collection)) continue;
        auto described = describe_change(change);
        const auto id = fmt::format("{}-{}", entry.revision, events.size());
        json event = start_event(id, entry.cause.time, described.action + "." + described.noun, true);
        event["initiator"] = initiator_of(entry.cause);
        event["target"] = {{"typeURI", described.type}, {"id", described.id}};
        event["resource_info"] = described.id;
        event["reason"] = {{"reasonCode", "2xx"}, {"reasonType", change.reason}};
        event.update(described.details);
        events.push_back(
            envelope(described.noun + "." + described.action, id, entry.cause.time, true, std::move(event)));
    }
    return events;
}

}  // namespace cumulet::identity

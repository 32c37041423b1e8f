// What the endpoint files of this folder share: policy checks, list documents and filters, reading bodies.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/api/call.hpp"
#include "common/api/endpoint.hpp"
#include "common/api/reply.hpp"
#include "common/store/transaction.hpp"
#include "identity/identity.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resources.hpp"

namespace cumulet::identity {

using api::Call;
using api::Endpoint;
using api::Errc;
using api::Fault;
using api::Policy;
using api::Reply;
using api::Schema;
using http::Method;
using nlohmann::json;
using store::Transaction;

// Checks and scopes that many of Keystone's rules share.
inline constexpr std::string_view kAdmin = "rule:admin_required";
inline constexpr std::string_view kAdminOrReader = "rule:admin_required or (role:reader and system_scope:all)";
inline constexpr std::string_view kSystemProject = "system,project";
inline constexpr std::string_view kAnyScope = "system,domain,project";

// Projects and their tags: of the domain whose readers and managers ask, or the token's own.
inline constexpr std::string_view kReadProject =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and "
    "domain_id:%(target.project.domain_id)s and not None:%(target.project.domain_id)s) or "
    "project_id:%(target.project.id)s";
inline constexpr std::string_view kManageProject =
    "(rule:admin_required) or (role:manager and domain_id:%(target.project.domain_id)s and not "
    "None:%(target.project.domain_id)s)";

constexpr Policy admin_policy(std::string_view rule, std::string_view scope = kSystemProject) {
    return Policy(rule, kAdmin, scope);
}
constexpr Policy reader_policy(std::string_view rule, std::string_view scope = kSystemProject) {
    return Policy(rule, kAdminOrReader, scope);
}

inline Identity& identity_of(const Call& call) { return call.module<Identity>(); }

// "http://host:port/v3/users/ID"
std::string link_to(const Call& call, std::string_view collection, std::string_view id);
// {"links": {"next": null, "self": …, "previous": null}, "users": […]}; at most the configured number of items, and
// "truncated" when there were more.
Reply list_reply(const Call& call, std::string_view plural, json items);
// Keeps the items whose attributes fit the query: "name=x", "enabled=0", "name__icontains=x". Others than `attributes`
// are left alone.
json filtered(const Call& call, json items, std::initializer_list<std::string_view> attributes);

// The one member of the request's body that describes the thing; an empty object when it is not there: rules of policy
// are asked before the schema.
const json& described(const Call& call, std::string_view member);

// Members of a request object. Types were checked by the schema; these only tell missing from null.
std::optional<std::string> text_member(const json& object, std::string_view name);  // null counts as missing
std::string text_or(const json& object, std::string_view name, std::string_view fallback);
bool bool_or(const json& object, std::string_view name, bool fallback);
// Every member that is none of `known`: the operator's own attributes.
json extra_members(const json& object, std::initializer_list<std::string_view> known);
// Puts those over the ones in `into`.
void set_extra_members(json& into, const json& object, std::initializer_list<std::string_view> known);
// Name, description, enabled, tags, options and the operator's own attributes of a project or domain: those that the
// body has.
void take_project(Project& project, const json& body, std::initializer_list<std::string_view> known);
// Later members win; null removes.
void merge_members(json& into, const json& changes);

// {"target": {"user": {…}}} for policy rules; nothing when it is not there.
json user_target(Transaction& txn, std::string_view user_id);
json group_target(Transaction& txn, std::string_view group_id);
json project_target(Transaction& txn, std::string_view project_id);
// The domain that something new is for: the body's, else that of the token, else the default one.
std::string domain_for_new(const Call& call, const json& body);
// {"target": {member: {"domain_id"}}} of something new, as the body has it: as with Keystone, who manages one domain
// only has to name it.
json new_target(const Call& call, std::string_view member);
// For endpoints with {user_id}, {group_id}, {project_id}, {domain_id}, {role_id} in the path, whichever of them are
// there.
json path_target(Call& call, Transaction& txn);

}  // namespace cumulet::identity

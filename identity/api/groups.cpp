// Groups and who is in them.
#include "identity/api/listing.hpp"
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/directory_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/user_rules.hpp"
#include "identity/password_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {"name", "domain_id", "description"};

Reply list_groups(Call& call, Transaction& txn) {
    Listing listing(call, "groups", {"domain_id", "name", "id"});
    auto take = [&](Group&& group) { return listing.add_view(group_view(call, group)); };
    auto domain = call.query("domain_id");
    if (!domain && !call.actor().domain_id.empty()) domain = call.actor().domain_id;
    if (const auto name = call.query("name"))
        for (const auto& each : domain ? std::vector{*domain} : domain_ids(txn))
            txn.visit<Group>({.index = "domain"}, take, each, *name);
    else if (domain)
        txn.visit<Group>({.index = "domain"}, take, *domain);
    else
        txn.visit<Group>({}, take);
    return std::move(listing).reply();
}

json list_target(Call& call, Transaction&) {
    auto domain = call.query("domain_id");
    if (!domain) domain = call.actor().domain_id;
    return domain->empty() ? json::object() : json{{"target", {{"group", {{"domain_id", *domain}}}}}};
}

json target_of_new(Call& call, Transaction&) { return new_target(call, "group"); }

// Whether a group is there is no secret from who asks to delete it.
json existing_target(Call& call, Transaction& txn) {
    require_group(txn, call.path("group_id"));
    return path_target(call, txn);
}

Reply create(Call& call, Transaction& txn) {
    const json& body = call.body()["group"];
    Group group{.id = call.random().hex_uuid(),
                .name = text_or(body, "name", ""),
                .domain_id = domain_for_new(call, body),
                .description = text_or(body, "description", "")};
    group.extra = extra_members(body, kKnown);
    group.created_at = call.now();
    create_group(txn, group);
    return Reply::created({{"group", group_view(call, group)}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"group", group_view(call, require_group(txn, call.path("group_id")))}});
}

Reply update(Call& call, Transaction& txn) {
    const json& body = call.body()["group"];
    const Group before = require_group(txn, call.path("group_id"));
    refuse_directory_write(txn, before.id, "group update");
    Group group = before;
    group.name = text_or(body, "name", group.name);
    if (body.contains("description")) group.description = text_or(body, "description", "");
    if (auto domain = text_member(body, "domain_id"); domain && *domain != group.domain_id)
        throw Fault(Errc::bad_request, "Cannot change Domain ID");
    set_extra_members(group.extra, body, kKnown);
    update_group(txn, before, group);
    return Reply::ok({{"group", group_view(call, group)}});
}

Reply remove(Call& call, Transaction& txn) {
    const auto group = require_group(txn, call.path("group_id"));
    refuse_directory_write(txn, group.id, "group delete");
    delete_group(txn, group);
    return Reply::no_content();
}

Reply list_members(Call& call, Transaction& txn) {
    const auto group = require_group(txn, call.path("group_id"));
    const PasswordEndFilter password_end(call);
    Listing listing(call, "users", {"domain_id", "enabled", "name"});
    txn.visit<Membership>(
        {.index = "group"},
        [&](Membership&& membership) {
            auto user = txn.peek<User>(membership.user_id);
            // A domain's token sees what is of that domain.
            if (!user || (!call.actor().domain_id.empty() && call.actor().domain_id != user->domain_id)) return true;
            return !password_end.fits(*user) || show_user(listing, call, *user);
        },
        group.id);
    return std::move(listing).reply();
}

Reply add_member(Call& call, Transaction& txn) {
    const auto group = require_group(txn, call.path("group_id"));
    const auto user = require_user(txn, call.path("user_id"));
    refuse_directory_write(txn, group.id, "group membership change");
    add_to_group(txn, user.id, group.id);
    return Reply::no_content();
}

Membership membership_of(Call& call, Transaction& txn) {
    const auto group = require_group(txn, call.path("group_id"));
    const auto user = require_user(txn, call.path("user_id"));
    auto membership = txn.get<Membership>(user.id, group.id);
    if (!membership) throw Fault(Errc::not_found, "User '{}' not found in group '{}'", user.id, group.id);
    return *membership;
}

Reply check_member(Call& call, Transaction& txn) {
    membership_of(call, txn);
    return Reply::no_content();
}

Reply remove_member(Call& call, Transaction& txn) {
    const auto membership = membership_of(call, txn);
    refuse_directory_write(txn, membership.group_id, "group membership change");
    remove_from_group(txn, membership);
    return Reply::no_content();
}

constexpr std::string_view kRead =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and "
    "domain_id:%(target.group.domain_id)s)";
constexpr std::string_view kManage = "(rule:admin_required) or (role:manager and domain_id:%(target.group.domain_id)s)";
constexpr std::string_view kManageMember =
    "(rule:admin_required) or (role:manager and domain_id:%(target.group.domain_id)s and "
    "domain_id:%(target.user.domain_id)s)";
constexpr std::string_view kCheckMember =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and "
    "domain_id:%(target.group.domain_id)s and "
    "domain_id:%(target.user.domain_id)s)";
constexpr std::string_view kMember = "group";
constexpr std::string_view kProperties =
    R"("name": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "\\S"},
    "domain_id": {"type": ["string", "null"], "maxLength": 64}, "description": {"type": ["string", "null"]})";
constexpr Schema kCreate = body_of<kMember, kNamed, kProperties>;
constexpr Schema kUpdate = body_of<kMember, kAnything, kProperties>;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/groups",
     .policy = Policy("identity:list_groups", kRead, kAnyScope),
     .target = list_target,
     .summary = "List groups.",
     .handle = list_groups},
    {.method = Method::post,
     .path = "/v3/groups",
     .policy = Policy("identity:create_group", kManage, kAnyScope),
     .target = target_of_new,
     .body = kCreate,
     .success = 201,
     .summary = "Create a group.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/groups/{group_id}",
     .policy = Policy("identity:get_group", kRead, kAnyScope),
     .target = path_target,
     .summary = "Show a group.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/groups/{group_id}",
     .policy = Policy("identity:update_group", kManage, kAnyScope),
     .target = path_target,
     .body = kUpdate,
     .summary = "Change a group.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/groups/{group_id}",
     .policy = Policy("identity:delete_group", kManage, kAnyScope),
     .target = existing_target,
     .success = 204,
     .summary = "Delete a group.",
     .handle = remove},
    {.method = Method::get,
     .path = "/v3/groups/{group_id}/users",
     .policy = Policy("identity:list_users_in_group", kRead, kAnyScope),
     .target = path_target,
     .summary = "List the users of a group.",
     .handle = list_members},
    {.method = Method::put,
     .path = "/v3/groups/{group_id}/users/{user_id}",
     .policy = Policy("identity:add_user_to_group", kManageMember, kAnyScope),
     .target = path_target,
     .body = api::kNoBody,
     .success = 204,
     .summary = "Add a user to a group.",
     .handle = add_member},
    {.method = Method::get,
     .path = "/v3/groups/{group_id}/users/{user_id}",
     .policy = Policy("identity:check_user_in_group", kCheckMember, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Check whether a user is in a group.",
     .handle = check_member},
    {.method = Method::del,
     .path = "/v3/groups/{group_id}/users/{user_id}",
     .policy = Policy("identity:remove_user_from_group", kManageMember, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Remove a user from a group.",
     .handle = remove_member},
};

}  // namespace

api::EndpointTable group_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

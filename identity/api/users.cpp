// Users and their passwords.
#include "identity/api/listing.hpp"
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/login_rules.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/directory_rules.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/user_rules.hpp"
#include "identity/password_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {
    "name",     "domain_id", "enabled",           "default_project_id",
    "options",  "password",  "original_password", "password_expires_at",
    "federated"};

// As its own log-in sees it: a user who has been away for too long is disabled.
User as_seen(const Call& call, Transaction& txn, User user) {
    if (user.enabled && is_inactive(txn, identity_of(call).settings.compliance, user)) user.enabled = false;
    return user;
}

// The view with the identities that other places know the user by.
json whole_view(const Call& call, Transaction& txn, const User& user) {
    json view = user_view(call, as_seen(call, txn, user));
    std::map<std::string, json> by_provider;
    for (const auto& object : federated_objects_of(txn, user.id)) {
        auto& protocols = by_provider[object.idp_id];
        protocols.push_back({{"protocol_id", object.protocol_id}, {"unique_id", object.unique_id}});
    }
    for (auto& [idp_id, protocols] : by_provider)
        view["federated"].push_back({{"idp_id", idp_id}, {"protocols", std::move(protocols)}});
    return view;
}

void take_federated(Transaction& txn, const User& user, const json& body) {
    auto given = body.find("federated");
    if (given == body.end()) return;
    std::vector<FederatedUser> objects;
    for (const auto& provider : *given)
        for (const auto& protocol : provider["protocols"])
            objects.push_back({.idp_id = provider["idp_id"],
                               .protocol_id = protocol["protocol_id"],
                               .unique_id = protocol["unique_id"],
                               .user_id = user.id,
                               .display_name = user.name});
    set_federated_objects(txn, user, objects);
}

// "idp_id", "protocol_id" and "unique_id" in the query select by identity.
struct IdentityFilter {
    std::optional<std::string> idp, protocol, unique;

    explicit IdentityFilter(const Call& call)
        : idp(call.query("idp_id")), protocol(call.query("protocol_id")), unique(call.query("unique_id")) {}
    bool fits(Transaction& txn, const User& user) const {
        if (!idp && !protocol && !unique) return true;
        const auto objects = federated_objects_of(txn, user.id);
        return std::any_of(objects.begin(), objects.end(), [&](const FederatedUser& object) {
            return (!idp || *idp == object.idp_id) && (!protocol || *protocol == object.protocol_id) &&
                   (!unique || *unique == object.unique_id);
        });
    }
};

// Sets the password that the body gives, if any, once the user is stored with its password's end.
struct GivenPassword {
    std::optional<std::string> hash;

    GivenPassword(const Call& call, const json& body, User& user) {
        auto password = text_member(body, "password");
        if (!password) return;
        hash = hash_new_password(call, *password);
        user.password_expires_at = password_end(call, user, false);
    }
    void store(const Call& call, Transaction& txn, const User& user) {
        if (hash) set_password_hash(txn, user.id, std::move(*hash), false, passwords_kept(call));
    }
};

Reply list_users(Call& call, Transaction& txn) {
    const IdentityFilter identity(call);
    const PasswordEndFilter password_end(call);
    Listing listing(call, "users", {"domain_id", "enabled", "name", "id", "default_project_id"});
    auto take = [&](User&& user) {
        if (!identity.fits(txn, user) || !password_end.fits(user)) return true;
        return show_user(listing, call, as_seen(call, txn, std::move(user)));
    };
    auto domain = call.query("domain_id");
    if (!domain && !call.actor().domain_id.empty()) domain = call.actor().domain_id;
    if (const auto name = call.query("name"))
        for (const auto& each : domain ? std::vector{*domain} : domain_ids(txn))
            txn.visit<User>({.index = "domain"}, take, each, *name);
    else if (domain)
        txn.visit<User>({.index = "domain"}, take, *domain);
    else
        txn.visit<User>({}, take);
    return std::move(listing).reply();
}

json list_target(Call& call, Transaction&) {
    auto domain = call.query("domain_id");
    if (!domain) domain = call.actor().domain_id;
    return domain->empty() ? json::object() : json{{"target", {{"domain_id", *domain}}}};
}

json target_of_new(Call& call, Transaction&) { return new_target(call, "user"); }

void take(User& user, const json& body) {
    user.name = text_or(body, "name", user.name);
    user.enabled = bool_or(body, "enabled", user.enabled);
    if (body.contains("default_project_id")) user.default_project_id = text_or(body, "default_project_id", "");
    merge_members(user.options, body.value("options", json::object()));
    set_extra_members(user.extra, body, kKnown);
}

Reply create(Call& call, Transaction& txn) {
    const json& body = call.body()["user"];
    User user{.id = call.random().hex_uuid(), .name = "", .domain_id = domain_for_new(call, body)};
    take(user, body);
    user.created_at = call.now();
    GivenPassword password(call, body, user);
    create_user(txn, user);
    password.store(call, txn, user);
    take_federated(txn, user, body);
    return Reply::created({{"user", whole_view(call, txn, user)}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"user", whole_view(call, txn, require_user(txn, call.path("user_id")))}});
}

Reply update(Call& call, Transaction& txn) {
    const json& body = call.body()["user"];
    const User before = require_user(txn, call.path("user_id"));
    refuse_directory_write(txn, before.id, "user update");
    User user = before;
    take(user, body);
    if (auto domain = text_member(body, "domain_id"); domain && *domain != user.domain_id)
        throw Fault(Errc::bad_request, "Cannot change Domain ID");
    GivenPassword password(call, body, user);
    update_user(txn, before, user);
    password.store(call, txn, user);
    take_federated(txn, user, body);
    if (bool_or(body, "enabled", false)) forgive(txn, identity_of(call).settings.compliance, user.id);
    return Reply::ok({{"user", whole_view(call, txn, user)}});
}

Reply remove(Call& call, Transaction& txn) {
    const auto user = require_user(txn, call.path("user_id"));
    refuse_directory_write(txn, user.id, "user delete");
    delete_user(txn, user);
    return Reply::no_content();
}

// Needs no token: the old password proves who asks.
Reply change_password(Call& call, Transaction& txn) {
    const json& body = call.body()["user"];
    const auto original = text_or(body, "original_password", "");
    const auto wanted = text_or(body, "password", "");
    const auto& identity = identity_of(call);
    const auto& rules = identity.settings.compliance;
    const auto named = txn.get<User>(call.path("user_id"));
    const bool usable =
        named && named->enabled && !is_locked_out(txn, rules, *named) && !is_inactive(txn, rules, *named);
    const bool right = identity.passwords.check(original, usable ? password_hash_of(txn, named->id) : std::nullopt,
                                                call.path("user_id")) &&
                       usable;
    if (!settle_attempt(call, named, call.path("user_id"), right))
        throw unauthorized("the original password is wrong, or the user is disabled or locked out");
    if (original == wanted) throw Fault(Errc::bad_request, "The new password must not be identical to the old one.");
    User user = *named;
    check_own_change(call, txn, user, wanted);
    auto hash = hash_new_password(call, wanted);
    user.password_expires_at = password_end(call, user, true);
    if (user.password_expires_at != named->password_expires_at) txn.put(user, "password changed");
    set_password_hash(txn, user.id, std::move(hash), true, passwords_kept(call));
    return Reply::no_content();
}

Reply list_groups(Call& call, Transaction& txn) {
    const auto user = require_user(txn, call.path("user_id"));
    json items = json::array();
    for (const auto& id : groups_of(txn, user.id))
        // A domain's token sees what is of that domain.
        if (auto group = txn.get<Group>(id);
            group && (call.actor().domain_id.empty() || call.actor().domain_id == group->domain_id))
            items.push_back(group_view(call, *group));
    return list_reply(call, "groups", filtered(call, std::move(items), {"name"}));
}

Reply list_projects(Call& call, Transaction& txn) {
    const auto user = require_user(txn, call.path("user_id"));
    json items = json::array();
    for (const auto& project : projects_of_user(txn, user.id))
        if (project.enabled) items.push_back(project_view(call, project));
    return list_reply(call, "projects", filtered(call, std::move(items), {"domain_id", "enabled", "name"}));
}

constexpr std::string_view kGet =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and "
    "token.domain.id:%(target.user.domain_id)s) or "
    "user_id:%(target.user.id)s";
constexpr std::string_view kList =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain_id)s)";
constexpr std::string_view kManage =
    "(rule:admin_required) or (role:manager and token.domain.id:%(target.user.domain_id)s)";
constexpr std::string_view kListGroups =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and "
    "domain_id:%(target.user.domain_id)s) or "
    "user_id:%(user_id)s";
constexpr std::string_view kListProjects =
    "(rule:admin_required) or (role:reader and system_scope:all) or (role:reader and "
    "domain_id:%(target.user.domain_id)s) or "
    "user_id:%(target.user.id)s";

constexpr std::string_view kMember = "user";
constexpr std::string_view kProperties =
    R"("name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "\\S"},
    "domain_id": {"type": ["string", "null"], "maxLength": 64},
    "enabled": {"type": "boolean"},
    "default_project_id": {"type": ["string", "null"], "maxLength": 64},
    "password": {"type": ["string", "null"]},
    "description": {"type": ["string", "null"]},
    "federated": {"type": "array", "maxItems": 100, "items": {"type": "object", "additionalProperties": false,
        "required": ["idp_id", "protocols"], "properties": {"idp_id": {"type": "string", "maxLength": 64},
        "protocols": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "object",
            "additionalProperties": false, "required": ["protocol_id", "unique_id"], "properties": {
            "protocol_id": {"type": "string", "maxLength": 64}, "unique_id": {"type": "string", "maxLength": 255}}}}}}},
    "options": {"type": "object", "additionalProperties": false, "properties": {
        "ignore_change_password_upon_first_use": {"type": ["boolean", "null"]},
        "ignore_password_expiry": {"type": ["boolean", "null"]},
        "ignore_lockout_failure_attempts": {"type": ["boolean", "null"]},
        "lock_password": {"type": ["boolean", "null"]},
        "ignore_user_inactivity": {"type": ["boolean", "null"]},
        "multi_factor_auth_enabled": {"type": ["boolean", "null"]},
        "multi_factor_auth_rules": {"type": ["array", "null"], "maxItems": 100, "uniqueItems": true,
            "items": {"type": "array", "minItems": 1, "maxItems": 32, "uniqueItems": true, "items": {"type": "string", "maxLength": 255}}}}})";
constexpr Schema kCreate = body_of<kMember, kNamed, kProperties>;
constexpr Schema kUpdate = body_of<kMember, kAnything, kProperties>;
constexpr Schema kPassword{R"({"type": "object", "required": ["user"], "properties": {"user": {"type": "object",
    "required": ["original_password", "password"], "properties": {"original_password": {"type": "string"}, "password": {"type": "string"}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/users",
     .policy = Policy("identity:list_users", kList, kAnyScope),
     .target = list_target,
     .summary = "List users.",
     .handle = list_users},
    {.method = Method::post,
     .path = "/v3/users",
     .policy = Policy("identity:create_user", kManage, kAnyScope),
     .target = target_of_new,
     .body = kCreate,
     .success = 201,
     .summary = "Create a user.",
     .handle = create,
     .heavy = true},
    {.method = Method::get,
     .path = "/v3/users/{user_id}",
     .policy = Policy("identity:get_user", kGet, kAnyScope),
     .target = path_target,
     .summary = "Show a user.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/users/{user_id}",
     .policy = Policy("identity:update_user", kManage, kAnyScope),
     .target = path_target,
     .body = kUpdate,
     .summary = "Change a user.",
     .handle = update,
     .heavy = true},
    {.method = Method::del,
     .path = "/v3/users/{user_id}",
     .policy = Policy("identity:delete_user", kManage, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Delete a user and all that hangs on it.",
     .handle = remove},
    {.method = Method::post,
     .path = "/v3/users/{user_id}/password",
     .policy = Policy::open(),
     .body = kPassword,
     .success = 204,
     .summary = "Change one's own password, knowing the old one.",
     .handle = change_password,
     .heavy = true},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/groups",
     .policy = Policy("identity:list_groups_for_user", kListGroups, kAnyScope),
     .target = path_target,
     .summary = "List the groups a user is in.",
     .handle = list_groups},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/projects",
     .policy = Policy("identity:list_user_projects", kListProjects, kAnyScope),
     .target = path_target,
     .summary = "List the projects a user has a role on.",
     .handle = list_projects},
};

}  // namespace

api::EndpointTable user_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

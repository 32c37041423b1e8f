// OAuth 1.0a: consumers, and the dance from a request token to an access token.
#include <set>

#include "common/runtime/text.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/authentication.hpp"
#include "identity/delegation.hpp"
#include "identity/hmac.hpp"
#include "identity/model/assignment_rules.hpp"
#include "identity/model/oauth1_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/oauth1_login.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {"description", "secret"};
constexpr std::string_view kAuthorize = "authorize a request token with a token issued via delegation";

json consumer_view(const Call& call, const OauthConsumer& consumer) {
    json view = consumer.extra;
    view["id"] = consumer.id;
    view["description"] = consumer.has_description ? json(consumer.description) : json(nullptr);
    view["links"] = {{"self", link_to(call, "OS-OAUTH1/consumers", consumer.id)}};
    return view;
}

void take(OauthConsumer& consumer, const json& body) {
    if (body.contains("description")) {
        consumer.has_description = body["description"].is_string();
        consumer.description = text_or(body, "description", "");
    }
    set_extra_members(consumer.extra, body, kKnown);
}

Reply list_consumers(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& consumer : txn.scan<OauthConsumer>({})) items.push_back(consumer_view(call, consumer));
    return list_reply(call, "consumers", std::move(items));
}

Reply create_consumer(Call& call, Transaction& txn) {
    OauthConsumer consumer;
    consumer.id = call.random().hex_uuid();
    const auto secret = call.random().hex_uuid();
    consumer.sealed_secret = identity_of(call).vault.seal(secret);
    take(consumer, call.body()["consumer"]);
    txn.put(consumer, "created");
    json view = consumer_view(call, consumer);
    view["secret"] = secret;
    return Reply::created({{"consumer", view}});
}

Reply show_consumer(Call& call, Transaction& txn) {
    return Reply::ok({{"consumer", consumer_view(call, require_consumer(txn, call.path("consumer_id")))}});
}

Reply update_consumer(Call& call, Transaction& txn) {
    auto consumer = require_consumer(txn, call.path("consumer_id"));
    take(consumer, call.body()["consumer"]);
    txn.put(consumer, "updated");
    return Reply::ok({{"consumer", consumer_view(call, consumer)}});
}

Reply remove_consumer(Call& call, Transaction& txn) {
    delete_consumer(txn, require_consumer(txn, call.path("consumer_id")));
    return Reply::no_content();
}

std::optional<Timestamp> end_after(const Call& call, Duration life) {
    if (life == Duration{}) return std::nullopt;
    return call.now() + life;
}

Reply token_reply(const std::string& id, const std::string& secret, const std::optional<Timestamp>& end) {
    std::string body = fmt::format("oauth_token={}&oauth_token_secret={}", id, secret);
    if (end) body += "&oauth_expires_at=" + to_iso_micros(*end);
    return Reply::text(201, std::move(body), "application/x-www-form-urlencoded");
}

Reply create_request(Call& call, Transaction& txn) {
    const auto parameters = oauth_parameters(call);
    const auto& consumer_id = oauth_parameter(parameters, "oauth_consumer_key");
    auto project_id = call.header("Requested-Project-Id");
    if (!project_id || project_id->empty()) throw expecting("Requested-Project-Id", "request");
    const auto consumer = require_consumer(txn, consumer_id);
    check_oauth_signature(call, parameters, consumer, "");
    OauthRequest request;
    request.id = call.random().hex_uuid();
    request.consumer_id = consumer.id;
    request.project_id = require_project(txn, *project_id).id;
    const auto secret = call.random().hex_uuid();
    request.sealed_secret = identity_of(call).vault.seal(secret);
    request.expires_at = end_after(call, identity_of(call).settings.oauth_request_lifetime);
    txn.put(request, "created");
    return token_reply(request.id, secret, request.expires_at);
}

std::string new_verifier(Random& random) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string verifier(8, '0');
    for (char& letter : verifier) letter = kAlphabet[random.below(kAlphabet.size())];
    return verifier;
}

// What the store keeps of a verifier: nothing that its readers could guess it from.
std::string digest_of(const Call& call, const OauthRequest& request, std::string_view verifier) {
    return text::to_hex(hmac_sha256(identity_of(call).vault.open(request.sealed_secret), verifier));
}

Reply authorize(Call& call, Transaction& txn) {
    require_own_login(call, kAuthorize);
    auto request = require_oauth_request(txn, call.path("request_token_id"));
    std::set<std::string> own;
    for (const auto& role : effective_roles(txn, call.actor().user_id, TargetKind::project, request.project_id))
        own.insert(role.id);
    request.role_ids.clear();
    for (const auto& each : call.body()["roles"]) {
        auto id = text_or(each, "id", "");
        if (id.empty()) {
            auto role = find_role_by_name(txn, "", text_or(each, "name", ""));
            if (!role) throw not_found("role", text_or(each, "name", ""));
            id = role->id;
        }
        if (!own.contains(id)) throw Fault(Errc::unauthorized, "authorizing user does not have role required");
        if (std::find(request.role_ids.begin(), request.role_ids.end(), id) == request.role_ids.end())
            request.role_ids.push_back(std::move(id));
    }
    request.user_id = call.actor().user_id;
    const auto verifier = new_verifier(call.random());
    request.verifier_digest = digest_of(call, request, verifier);
    txn.put(request, "authorized");
    return Reply::ok({{"token", {{"oauth_verifier", verifier}}}});
}

Reply create_access(Call& call, Transaction& txn) {
    const auto parameters = oauth_parameters(call);
    const auto& consumer_id = oauth_parameter(parameters, "oauth_consumer_key");
    const auto& verifier = oauth_parameter(parameters, "oauth_verifier");
    const auto request = require_oauth_request(txn, oauth_parameter(parameters, "oauth_token"));
    auto consumer = txn.get<OauthConsumer>(consumer_id);
    if (!consumer) throw Fault(Errc::unauthorized, "Provided consumer does not exist.");
    if (request.consumer_id != consumer_id)
        throw Fault(Errc::unauthorized, "Provided consumer key does not match stored consumer key.");
    check_oauth_signature(call, parameters, *consumer, request.sealed_secret);
    if (request.user_id.empty()) throw Fault(Errc::unauthorized, "Request Token does not have an authorizing user id.");
    if (!text::equal_in_constant_time(request.verifier_digest, digest_of(call, request, verifier)))
        throw Fault(Errc::unauthorized, "Provided verifier does not match stored verifier");
    OauthAccess access;
    access.id = call.random().hex_uuid();
    access.consumer_id = consumer_id;
    access.user_id = request.user_id;
    access.project_id = request.project_id;
    access.role_ids = request.role_ids;
    const auto secret = call.random().hex_uuid();
    access.sealed_secret = identity_of(call).vault.seal(secret);
    access.expires_at = end_after(call, identity_of(call).settings.oauth_access_lifetime);
    txn.erase(request, "used");
    txn.put(access, "created");
    return token_reply(access.id, secret, access.expires_at);
}

json access_view(const Call& call, const OauthAccess& access) {
    const auto collection = fmt::format("users/{}/OS-OAUTH1/access_tokens", access.user_id);
    const auto self = link_to(call, collection, access.id);
    return {{"id", access.id},
            {"consumer_id", access.consumer_id},
            {"authorizing_user_id", access.user_id},
            {"project_id", access.project_id},
            {"expires_at", access.expires_at ? json(to_iso_micros(*access.expires_at)) : json(nullptr)},
            {"links", {{"self", self}, {"roles", self + "/roles"}}}};
}

OauthAccess access_of(Call& call, Transaction& txn) {
    auto access = require_oauth_access(txn, call.path("access_token_id"));
    if (access.user_id != call.path("user_id")) throw Fault(Errc::not_found, "Access token not found");
    return access;
}

Reply list_access(Call& call, Transaction& txn) {
    require_own_login(call, "list access tokens");
    json items = json::array();
    for (const auto& access : txn.scan<OauthAccess>({.index = "user"}, call.path("user_id")))
        items.push_back(access_view(call, access));
    return list_reply(call, "access_tokens", std::move(items));
}

Reply show_access(Call& call, Transaction& txn) {
    require_own_login(call, "show access tokens");
    return Reply::ok({{"access_token", access_view(call, access_of(call, txn))}});
}

Reply remove_access(Call& call, Transaction& txn) {
    require_own_login(call, "delete access tokens");
    delete_oauth_access(txn, access_of(call, txn), "deleted");
    return Reply::no_content();
}

Reply list_access_roles(Call& call, Transaction& txn) {
    json items = json::array();
    for (const auto& id : access_of(call, txn).role_ids)
        if (auto role = txn.get<Role>(id)) items.push_back(role_view(call, *role));
    return list_reply(call, "roles", std::move(items));
}

Reply show_access_role(Call& call, Transaction& txn) {
    const auto access = access_of(call, txn);
    const auto& id = call.path("role_id");
    if (std::find(access.role_ids.begin(), access.role_ids.end(), id) == access.role_ids.end())
        throw not_found("role", id);
    return Reply::ok({{"role", role_view(call, require_role(txn, id))}});
}

constexpr std::string_view kProject = "project";
constexpr Schema kCreate{R"({"type": "object", "required": ["consumer"], "properties": {"consumer": {"type": "object",
    "properties": {"description": {"type": ["string", "null"]}}}}})"};
constexpr Schema kUpdate{R"({"type": "object", "required": ["consumer"], "properties": {"consumer": {"type": "object",
    "minProperties": 1, "not": {"required": ["secret"]},
    "properties": {"description": {"type": ["string", "null"]}}}}})"};
constexpr Schema kRoles{
    R"({"type": "object", "required": ["roles"], "properties": {"roles": {"type": "array", "maxItems": 1000,
    "items": {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
        "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/OS-OAUTH1/consumers",
     .policy = reader_policy("identity:list_consumers"),
     .summary = "List OAuth consumers.",
     .handle = list_consumers},
    {.method = Method::post,
     .path = "/v3/OS-OAUTH1/consumers",
     .policy = admin_policy("identity:create_consumer"),
     .body = kCreate,
     .success = 201,
     .summary = "Make an OAuth consumer; its secret is told only here.",
     .handle = create_consumer},
    {.method = Method::get,
     .path = "/v3/OS-OAUTH1/consumers/{consumer_id}",
     .policy = reader_policy("identity:get_consumer"),
     .summary = "Show an OAuth consumer.",
     .handle = show_consumer},
    {.method = Method::patch,
     .path = "/v3/OS-OAUTH1/consumers/{consumer_id}",
     .policy = admin_policy("identity:update_consumer"),
     .body = kUpdate,
     .summary = "Change an OAuth consumer.",
     .handle = update_consumer},
    {.method = Method::del,
     .path = "/v3/OS-OAUTH1/consumers/{consumer_id}",
     .policy = admin_policy("identity:delete_consumer"),
     .success = 204,
     .summary = "Delete an OAuth consumer and all that was given to it.",
     .handle = remove_consumer},
    {.method = Method::post,
     .path = "/v3/OS-OAUTH1/request_token",
     .policy = Policy::open(),
     .body = api::kNoBody,
     .success = 201,
     .summary = "A consumer asks for authorisation on a project.",
     .handle = create_request},
    {.method = Method::put,
     .path = "/v3/OS-OAUTH1/authorize/{request_token_id}",
     .policy = Policy("identity:authorize_request_token", kAdmin, kProject),
     .body = kRoles,
     .summary = "A user grants what a consumer asked for.",
     .handle = authorize},
    {.method = Method::post,
     .path = "/v3/OS-OAUTH1/access_token",
     .policy = Policy::open(),
     .body = api::kNoBody,
     .success = 201,
     .summary = "A consumer turns an authorised request token into an access token.",
     .handle = create_access},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/OS-OAUTH1/access_tokens",
     .policy = Policy("identity:list_access_tokens", kAdmin, kProject),
     .summary = "List what a user authorised.",
     .handle = list_access},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/OS-OAUTH1/access_tokens/{access_token_id}",
     .policy = Policy("identity:get_access_token", kAdmin, kProject),
     .summary = "Show an access token.",
     .handle = show_access},
    {.method = Method::del,
     .path = "/v3/users/{user_id}/OS-OAUTH1/access_tokens/{access_token_id}",
     .policy = Policy("identity:delete_access_token", kAdmin, kProject),
     .success = 204,
     .summary = "Take an access token back.",
     .handle = remove_access},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/OS-OAUTH1/access_tokens/{access_token_id}/roles",
     .policy = Policy("identity:list_access_token_roles", kAdmin, kProject),
     .summary = "List the roles of an access token.",
     .handle = list_access_roles},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/OS-OAUTH1/access_tokens/{access_token_id}/roles/{role_id}",
     .policy = Policy("identity:get_access_token_role", kAdmin, kProject),
     .summary = "Show a role of an access token.",
     .handle = show_access_role},
};

}  // namespace

api::EndpointTable oauth1_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

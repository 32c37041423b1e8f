// Credentials: EC2 keys, TOTP seeds, certificates: any secret that a user leaves with us. Stored sealed.
#include "common/api/json_body.hpp"
#include "common/runtime/text.hpp"
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/authentication.hpp"
#include "identity/credential_ids.hpp"
#include "identity/delegation.hpp"
#include "identity/model/credential_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::string_view kAccess = "Delegated tokens cannot access credentials directly";

json view(const Call& call, const Credential& credential) {
    json shown = credential.extra;
    shown["id"] = credential.id;
    shown["user_id"] = credential.user_id;
    shown["project_id"] = credential.project_id.empty() ? json(nullptr) : json(credential.project_id);
    shown["type"] = credential.type;
    shown["blob"] = identity_of(call).vault.open(credential.sealed_blob);
    shown["links"] = {{"self", link_to(call, "credentials", credential.id)}};
    return shown;
}

json target_of_user(const std::string& user_id) { return {{"target", {{"credential", {{"user_id", user_id}}}}}}; }

json path_credential(Call& call, Transaction& txn) {
    auto credential = txn.peek<Credential>(call.path("credential_id"));
    return credential ? target_of_user(credential->user_id) : json::object();
}

json body_credential(Call& call, Transaction&) {
    return target_of_user(text_or(described(call, "credential"), "user_id", ""));
}

json own_credentials(Call& call, Transaction&) { return target_of_user(call.actor().user_id); }

// Of those that the actor may see one by one.
Reply list(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    std::vector<Credential> found;
    if (auto user = call.query("user_id"))
        found = txn.scan<Credential>({.index = "user"}, *user);
    else if (auto type = call.query("type"))
        found = txn.scan<Credential>({.index = "type"}, *type);
    else
        found = txn.scan<Credential>({});
    json items = json::array();
    for (const auto& credential : found)
        if (call.allowed("identity:get_credential", target_of_user(credential.user_id)))
            items.push_back(view(call, credential));
    return list_reply(call, "credentials", filtered(call, std::move(items), {"user_id", "type"}));
}

json parsed_ec2_blob(const std::string& text) {
    json blob = api::nests_too_deep(text) ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
    if (blob.is_discarded()) throw Fault(Errc::bad_request, "Invalid blob in credential");
    if (!blob.is_object() || blob.empty()) throw expecting("blob", "credential");
    if (!text_member(blob, "access")) throw expecting("access", "credential");
    return blob;
}

Reply create(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    const json& body = call.body()["credential"];
    Credential credential;
    credential.id = call.random().hex_uuid();
    credential.user_id = text_or(body, "user_id", "");
    credential.project_id = text_or(body, "project_id", "");
    credential.type = text_or(body, "type", "");
    const auto blob = text_or(body, "blob", "");
    if (text::to_lower(credential.type) == "ec2") {
        if (credential.project_id.empty()) throw expecting("project_id", "credential");
        credential.id = ec2_credential_id(parsed_ec2_blob(blob)["access"].get<std::string>());
    }
    credential.sealed_blob = identity_of(call).vault.seal(blob);
    credential.extra = extra_members(body, {"user_id", "project_id", "type", "blob"});
    create_credential(txn, credential);
    return Reply::created({{"credential", view(call, credential)}});
}

Reply show(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    return Reply::ok({{"credential", view(call, require_credential(txn, call.path("credential_id")))}});
}

// What an EC2 key may do was settled when it was made.
void check_same_scope(const Credential& credential, const Vault& vault, const std::string& blob) {
    const json before = parsed_ec2_blob(vault.open(credential.sealed_blob));
    const json after = parsed_ec2_blob(blob);
    for (const char* name : {"trust_id", "app_cred_id", "access_token_id", "access_id"})
        if (before.value(name, json()) != after.value(name, json()))
            throw Fault(Errc::bad_request, "{} can not be updated for credential", name);
}

Reply update(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    auto credential = require_credential(txn, call.path("credential_id"));
    const json& body = call.body()["credential"];
    const auto& vault = identity_of(call).vault;
    // To whom and what a secret belongs was settled when it was made; only administrators put that right.
    const bool admin = call.allowed("admin_required", json::object());
    for (const auto& [name, place] : {std::pair{"user_id", &credential.user_id},
                                      {"project_id", &credential.project_id},
                                      {"type", &credential.type}}) {
        const auto wanted = text_or(body, name, *place);
        if (wanted != *place && !admin) throw Fault(Errc::bad_request, "{} can not be updated for credential", name);
        *place = wanted;
    }
    if (auto blob = text_member(body, "blob")) {
        if (text::to_lower(credential.type) == "ec2") check_same_scope(credential, vault, *blob);
        credential.sealed_blob = vault.seal(*blob);
    }
    update_credential(txn, credential);
    return Reply::ok({{"credential", view(call, credential)}});
}

Reply remove(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    txn.erase(require_credential(txn, call.path("credential_id")), "deleted");
    return Reply::no_content();
}

constexpr std::string_view kRead =
    "(rule:admin_required) or (role:reader and system_scope:all) or user_id:%(target.credential.user_id)s";
constexpr std::string_view kChange = "(rule:admin_required) or user_id:%(target.credential.user_id)s";
constexpr std::string_view kMember = "credential";
constexpr std::string_view kProperties =
    R"("blob": {"type": "string", "maxLength": 65536},
    "project_id": {"type": ["string", "null"], "maxLength": 64}, "type": {"type": "string", "minLength": 1, "maxLength": 255},
    "user_id": {"type": "string", "minLength": 1, "maxLength": 64})";
constexpr std::string_view kDemandsOfNew = R"("required": ["blob", "type", "user_id"])";
constexpr Schema kCreate = body_of<kMember, kDemandsOfNew, kProperties>;
constexpr Schema kUpdate = body_of<kMember, kAnything, kProperties>;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/credentials",
     .policy = Policy("identity:list_credentials", kRead, kAnyScope),
     .target = own_credentials,
     .summary = "List credentials.",
     .handle = list},
    {.method = Method::post,
     .path = "/v3/credentials",
     .policy = Policy("identity:create_credential", kChange, kAnyScope),
     .target = body_credential,
     .body = kCreate,
     .success = 201,
     .summary = "Store a credential.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/credentials/{credential_id}",
     .policy = Policy("identity:get_credential", kRead, kAnyScope),
     .target = path_credential,
     .summary = "Show a credential.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/credentials/{credential_id}",
     .policy = Policy("identity:update_credential", kChange, kAnyScope),
     .target = path_credential,
     .body = kUpdate,
     .summary = "Replace the secret of a credential.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/credentials/{credential_id}",
     .policy = Policy("identity:delete_credential", kChange, kAnyScope),
     .target = path_credential,
     .success = 204,
     .summary = "Delete a credential.",
     .handle = remove},
};

}  // namespace

api::EndpointTable credential_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

// EC2 keys: making them, and checking signatures for services that speak AWS protocols.
#include "common/runtime/text.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/credential_ids.hpp"
#include "identity/delegation.hpp"
#include "identity/ec2_signature.hpp"
#include "identity/model/credential_rules.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::string_view kType = "ec2";
constexpr std::string_view kAccess = "Delegated tokens cannot access credentials directly";
constexpr auto kSignatureLife = std::chrono::minutes(15);

json view(const Call& call, const Credential& credential, const json& blob) {
    const auto access = text_or(blob, "access", "");
    return {
        {"user_id", credential.user_id},
        {"tenant_id", credential.project_id},
        {"access", access},
        {"secret", text_or(blob, "secret", "")},
        {"trust_id", blob.value("trust_id", json(nullptr))},
        {"links", {{"self", link_to(call, fmt::format("users/{}/credentials/OS-EC2", credential.user_id), access)}}}};
}

json blob_of(const Call& call, const Credential& credential) {
    json blob = json::parse(identity_of(call).vault.open(credential.sealed_blob), nullptr, false);
    return blob.is_object() ? blob : json::object();
}

json target_of_user(const std::string& user_id) { return {{"target", {{"credential", {{"user_id", user_id}}}}}}; }

json path_user(Call& call, Transaction&) { return target_of_user(call.path("user_id")); }

json path_credential(Call& call, Transaction& txn) {
    auto credential = txn.peek<Credential>(ec2_credential_id(call.path("credential_id")));
    if (!credential) throw not_found("credential", call.path("credential_id"));
    return target_of_user(credential->user_id);
}

Reply list(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    const auto user = require_user(txn, call.path("user_id"));
    json items = json::array();
    for (const auto& credential : txn.scan<Credential>({.index = "user"}, user.id, kType))
        items.push_back(view(call, credential, blob_of(call, credential)));
    return list_reply(call, "credentials", std::move(items));
}

Reply create(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    const auto user = require_user(txn, call.path("user_id"));
    const auto project = require_project(txn, text_or(call.body(), "tenant_id", ""));
    const json blob{{"access", call.random().hex_uuid()}, {"secret", call.random().hex_uuid()}, {"trust_id", nullptr}};
    Credential credential;
    credential.id = ec2_credential_id(blob["access"].get<std::string>());
    credential.user_id = user.id;
    credential.project_id = project.id;
    credential.type = kType;
    credential.sealed_blob = identity_of(call).vault.seal(blob.dump());
    create_credential(txn, credential);
    return Reply::created({{"credential", view(call, credential, blob)}});
}

// Whose it is decided whether the actor may; the user in the path need only be one, as with Keystone.
Credential credential_of(Call& call, Transaction& txn) {
    require_user(txn, call.path("user_id"));
    auto credential = txn.get<Credential>(ec2_credential_id(call.path("credential_id")));
    if (!credential || credential->type != kType) throw not_found("credential", call.path("credential_id"));
    return *credential;
}

Reply show(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    const auto credential = credential_of(call, txn);
    return Reply::ok({{"credential", view(call, credential, blob_of(call, credential))}});
}

Reply remove(Call& call, Transaction& txn) {
    require_own_login(call, kAccess);
    txn.erase(credential_of(call, txn), "deleted");
    return Reply::no_content();
}

// "20261122T024812Z" or any ISO form.
std::optional<Timestamp> parse_amz_date(const std::string& text) {
    if (text.size() == 16 && text[8] == 'T')
        return parse_iso(fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                                     text.substr(9, 2), text.substr(11, 2), text.substr(13, 2)));
    return parse_iso(text);
}

void check_age(Call& call, const json& signed_request) {
    const json params = signed_request.value("params", json::object());
    const json headers = signed_request.value("headers", json::object());
    std::string text;
    for (const auto& [object, name] :
         {std::pair{&params, "Timestamp"}, {&headers, "X-Amz-Date"}, {&params, "X-Amz-Date"}})
        if (text.empty() && object->is_object()) text = text_or(*object, name, "");
    if (text.empty()) return;
    auto time = parse_amz_date(text);
    if (!time || call.now() > *time + kSignatureLife) throw unauthorized("the signature is too old");
}

const json& signed_request_of(const Call& call) {
    for (const char* name : {"credentials", "credential", "ec2Credentials"})
        if (auto found = call.body().find(name); found != call.body().end() && found->is_object()) return *found;
    throw unauthorized("no signature in the request");
}

tokens::TokenFacts facts_of(const Credential& credential, const json& blob) {
    tokens::TokenFacts facts;
    facts.user_id = credential.user_id;
    facts.methods = {"ec2credential"};
    facts.project_id = credential.project_id;
    facts.application_credential_id = text_or(blob, "app_cred_id", "");
    facts.trust_id = text_or(blob, "trust_id", "");
    return facts;
}

// A token for the owner of the key when `fits` accepts the signature.
template <class Fits>
Reply exchange(Call& call, Transaction& txn, Fits&& fits) {
    const json& request = signed_request_of(call);
    auto access = text_member(request, "access");
    if (!access) throw unauthorized("no access key in the request");
    auto credential = txn.get<Credential>(ec2_credential_id(*access));
    if (!credential || text::to_lower(credential->type) != kType) throw unauthorized("unknown access key");
    const json blob = blob_of(call, *credential);
    if (!fits(text_or(blob, "secret", ""), request)) throw unauthorized("the signature does not fit");
    check_age(call, request);
    auto issued = identity_of(call).tokens.issue(txn, facts_of(*credential, blob));
    return Reply::raw_json(200, issued.token->document(true)).header("X-Subject-Token", issued.id);
}

bool ec2_fits(const std::string& secret, const json& request) {
    auto given = text_member(request, "signature");
    if (!given) return false;
    auto expected = ec2_signature(secret, request);
    if (expected && text::equal_in_constant_time(*expected, *given)) return true;
    // Some clients sign without the port.
    const auto host = text_or(request, "host", "");
    const auto colon = host.rfind(':');
    if (colon == std::string::npos) return false;
    json without_port = request;
    without_port["host"] = host.substr(0, colon);
    expected = ec2_signature(secret, without_port);
    return expected && text::equal_in_constant_time(*expected, *given);
}

bool s3_fits(const std::string& secret, const json& request) {
    auto given = text_member(request, "signature");
    auto string_to_sign = text::from_base64(text_or(request, "token", ""));
    if (!given || !string_to_sign) return false;
    auto expected = s3_signature(secret, *string_to_sign);
    return expected && text::equal_in_constant_time(*expected, *given);
}

// For services that check signatures themselves and at speed: the secret, and whom it speaks for.
Reply tell_key(Call& call, Transaction& txn) {
    const auto access = text_or(call.body(), "access", "");
    const auto credential = txn.get<Credential>(ec2_credential_id(access));
    if (!credential || text::to_lower(credential->type) != kType) throw not_found("credential", access);
    const json blob = blob_of(call, *credential);
    auto issued = identity_of(call).tokens.issue(txn, facts_of(*credential, blob));
    json answer = json::parse(issued.token->document(false));
    answer["secret"] = text_or(blob, "secret", "");
    return Reply::ok(answer);
}

Reply check_ec2(Call& call, Transaction& txn) { return exchange(call, txn, ec2_fits); }
Reply check_s3(Call& call, Transaction& txn) { return exchange(call, txn, s3_fits); }

constexpr std::string_view kGet =
    "(rule:admin_required) or (role:reader and system_scope:all) or user_id:%(target.credential.user_id)s";
constexpr std::string_view kMember = "(rule:admin_required) or (role:member and user_id:%(target.credential.user_id)s)";
constexpr Schema kCreate{
    R"({"type": "object", "required": ["tenant_id"], "properties": {"tenant_id": {"type": "string", "minLength": 1, "maxLength": 64}}})"};
constexpr Schema kAccessKey{
    R"({"type": "object", "required": ["access"], "additionalProperties": false, "properties": {"access": {"type": "string", "minLength": 1, "maxLength": 255}}})"};
constexpr Schema kSigned{R"({"type": "object"})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/users/{user_id}/credentials/OS-EC2",
     .policy = Policy("identity:ec2_list_credentials",
                      "(rule:admin_required) or (role:reader and system_scope:all) or rule:owner", kSystemProject),
     .target = path_user,
     .summary = "List the EC2 keys of a user.",
     .handle = list},
    {.method = Method::post,
     .path = "/v3/users/{user_id}/credentials/OS-EC2",
     .policy = Policy("identity:ec2_create_credential", kMember, kSystemProject),
     .target = path_user,
     .body = kCreate,
     .success = 201,
     .summary = "Make an EC2 key.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/users/{user_id}/credentials/OS-EC2/{credential_id}",
     .policy = Policy("identity:ec2_get_credential", kGet, kSystemProject),
     .target = path_credential,
     .summary = "Show an EC2 key.",
     .handle = show},
    {.method = Method::del,
     .path = "/v3/users/{user_id}/credentials/OS-EC2/{credential_id}",
     .policy = Policy("identity:ec2_delete_credential", kMember, kSystemProject),
     .target = path_credential,
     .success = 204,
     .summary = "Delete an EC2 key.",
     .handle = remove},
    {.method = Method::post,
     .path = "/v3/ec2tokens",
     .policy = Policy("identity:ec2tokens_validate", "rule:service_or_admin", kAnyScope),
     .body = kSigned,
     .summary = "Exchange an EC2 signature for a token.",
     .handle = check_ec2},
    {.method = Method::post,
     .path = "/v3/s3tokens",
     .policy = Policy("identity:s3tokens_validate", "rule:service_or_admin", kAnyScope),
     .body = kSigned,
     .summary = "Exchange an S3 signature for a token.",
     .handle = check_s3},
    {.method = Method::post,
     .path = "/v3/ec2keys",
     .policy = Policy("identity:ec2keys_read", "rule:service_or_admin", kAnyScope),
     .body = kAccessKey,
     .summary = "Tell a service the secret of an EC2 key and whom it speaks for, so that it can check signatures.",
     .handle = tell_key},
};

}  // namespace

api::EndpointTable ec2_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

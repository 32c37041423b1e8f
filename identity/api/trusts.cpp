// Trusts.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/role_rules.hpp"
#include "identity/model/trust_rules.hpp"

namespace cumulet::identity {
namespace {

std::string link_of(const Call& call, const Trust& trust) { return link_to(call, "OS-TRUST/trusts", trust.id); }

json short_view(const Call& call, const Trust& trust) {
    json view{{"id", trust.id},
              {"trustor_user_id", trust.trustor_user_id},
              {"trustee_user_id", trust.trustee_user_id},
              {"project_id", trust.project_id.empty() ? json(nullptr) : json(trust.project_id)},
              {"impersonation", trust.impersonation},
              {"expires_at", trust.expires_at ? json(to_iso_micros(*trust.expires_at)) : json(nullptr)},
              {"remaining_uses", trust.remaining_uses ? json(*trust.remaining_uses) : json(nullptr)},
              {"redelegation_count", trust.redelegation_count},
              {"deleted_at", nullptr},
              {"links", {{"self", link_of(call, trust)}}}};
    if (!trust.redelegated_trust_id.empty()) view["redelegated_trust_id"] = trust.redelegated_trust_id;
    return view;
}

json roles_of(const Call& call, Transaction& txn, const Trust& trust) {
    json roles = json::array();
    for (const auto& id : trust.role_ids)
        if (auto role = txn.get<Role>(id)) roles.push_back(role_view(call, *role));
    return roles;
}

json roles_links(const Call& call, const Trust& trust) {
    return {{"self", link_of(call, trust) + "/roles"}, {"next", nullptr}, {"previous", nullptr}};
}

json full_view(const Call& call, Transaction& txn, const Trust& trust) {
    json view = short_view(call, trust);
    view["roles"] = roles_of(call, txn, trust);
    view["roles_links"] = roles_links(call, trust);
    return view;
}

// Handing a trust on is what trusts are for; other tokens that act for somebody cannot make one.
void refuse_delegated(const Call& call) {
    const auto& who = call.actor();
    const bool ec2 = std::find(who.methods.begin(), who.methods.end(), "ec2credential") != who.methods.end();
    if (!who.application_credential_id.empty() || ec2 || who.token.contains("OS-OAUTH1"))
        throw Fault(Errc::forbidden,
                    "You are not authorized to perform the requested action: Delegated tokens cannot manage trusts..");
}

json target_of(const std::string& trustor, const std::string& trustee) {
    json trust = json::object();
    if (!trustor.empty()) trust["trustor_user_id"] = trustor;
    if (!trustee.empty()) trust["trustee_user_id"] = trustee;
    return {{"target", {{"trust", trust}}}};
}

json path_trust(Call& call, Transaction& txn) {
    // Ids of trusts are random: saying that there is none tells nothing.
    auto trust = txn.peek<Trust>(call.path("trust_id"));
    if (!trust) throw not_found("trust", call.path("trust_id"));
    return target_of(trust->trustor_user_id, trust->trustee_user_id);
}

json body_trust(Call& call, Transaction&) {
    return target_of(text_or(described(call, "trust"), "trustor_user_id", ""), "");
}

// Three rules guard the list, one for each way to ask.
Reply list(Call& call, Transaction& txn) {
    const auto trustor = call.query("trustor_user_id").value_or(""),
               trustee = call.query("trustee_user_id").value_or("");
    if (!trustor.empty())
        call.enforce("identity:list_trusts_for_trustor", target_of(trustor, ""));
    else if (!trustee.empty())
        call.enforce("identity:list_trusts_for_trustee", target_of("", trustee));
    else
        call.enforce("identity:list_trusts", json::object());
    refuse_delegated(call);
    std::vector<Trust> found;
    if (!trustor.empty())
        found = txn.scan<Trust>({.index = "trustor"}, trustor);
    else if (!trustee.empty())
        found = txn.scan<Trust>({.index = "trustee"}, trustee);
    else
        found = txn.scan<Trust>({});
    json items = json::array();
    for (const auto& trust : found) items.push_back(short_view(call, trust));
    return list_reply(call, "trusts", std::move(items));
}

std::optional<Timestamp> end_of(Call& call, const json& body) {
    constexpr std::string_view kMalformed =
        " The server could not comply with the request since it is either malformed or otherwise incorrect. The client "
        "is assumed to be in error.";
    auto text = text_member(body, "expires_at");
    if (!text) return std::nullopt;
    auto time = parse_iso(*text);
    if (!time) throw Fault(Errc::bad_request, "Timestamp not in expected format.{}", kMalformed);
    if (*time <= call.now()) throw Fault(Errc::bad_request, "The 'expires_at' must not be before now.{}", kMalformed);
    return time;
}

std::optional<std::int64_t> number_member(const json& body, const char* name) {
    auto found = body.find(name);
    if (found == body.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<std::int64_t>();
}

Reply create(Call& call, Transaction& txn) {
    refuse_delegated(call);
    const json& body = call.body()["trust"];
    TrustWish wish;
    wish.trust.id = call.random().hex_uuid();
    wish.trust.trustor_user_id = text_or(body, "trustor_user_id", "");
    wish.trust.trustee_user_id = text_or(body, "trustee_user_id", "");
    wish.trust.project_id = text_or(body, "project_id", "");
    wish.trust.impersonation = bool_or(body, "impersonation", false);
    wish.trust.expires_at = end_of(call, body);
    wish.trust.remaining_uses = number_member(body, "remaining_uses");
    wish.trust.created_at = call.now();
    wish.allow_redelegation = bool_or(body, "allow_redelegation", false);
    wish.redelegation_count = number_member(body, "redelegation_count");
    if (call.actor().user_id != wish.trust.trustor_user_id)
        throw Fault(
            Errc::forbidden,
            "You are not authorized to perform the requested action: The authenticated user should match the trustor.");
    for (const auto& each : body.value("roles", json::array())) {
        auto id = text_or(each, "id", "");
        if (id.empty()) {
            auto role = find_role_by_name(txn, "", text_or(each, "name", ""));
            if (!role) throw not_found("role", text_or(each, "name", ""));
            id = role->id;
        }
        wish.trust.role_ids.push_back(std::move(id));
    }
    std::optional<Trust> redelegated;
    if (!call.actor().trust_id.empty()) redelegated = require_trust(txn, call.actor().trust_id);
    const auto trust = create_trust(txn, std::move(wish), redelegated ? &*redelegated : nullptr);
    return Reply::created({{"trust", full_view(call, txn, trust)}});
}

Reply show(Call& call, Transaction& txn) {
    refuse_delegated(call);
    return Reply::ok({{"trust", full_view(call, txn, require_trust(txn, call.path("trust_id")))}});
}

Reply remove(Call& call, Transaction& txn) {
    refuse_delegated(call);
    auto trust = txn.get<Trust>(call.path("trust_id"));
    if (!trust) throw not_found("trust", call.path("trust_id"));
    delete_trust(txn, *trust);
    return Reply::no_content();
}

Reply list_roles(Call& call, Transaction& txn) {
    refuse_delegated(call);
    const auto trust = require_trust(txn, call.path("trust_id"));
    return Reply::ok({{"roles", roles_of(call, txn, trust)}, {"links", roles_links(call, trust)}});
}

Reply show_role(Call& call, Transaction& txn) {
    refuse_delegated(call);
    const auto trust = require_trust(txn, call.path("trust_id"));
    const auto& id = call.path("role_id");
    if (std::find(trust.role_ids.begin(), trust.role_ids.end(), id) == trust.role_ids.end())
        throw not_found("role", id);
    return Reply::ok({{"role", role_view(call, require_role(txn, id))}});
}

constexpr std::string_view kOwn =
    "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustor_user_id)s or "
    "user_id:%(target.trust.trustee_user_id)s)";
constexpr Schema kCreate{R"({"type": "object", "required": ["trust"], "properties": {"trust": {"type": "object",
    "required": ["trustor_user_id", "trustee_user_id", "impersonation"], "properties": {
        "trustor_user_id": {"type": "string", "minLength": 1, "maxLength": 64},
        "trustee_user_id": {"type": "string", "minLength": 1, "maxLength": 64},
        "impersonation": {"type": "boolean"},
        "project_id": {"type": ["string", "null"], "maxLength": 64},
        "remaining_uses": {"type": ["integer", "null"], "minimum": 1},
        "expires_at": {"type": ["string", "null"]},
        "allow_redelegation": {"type": ["boolean", "null"]},
        "redelegation_count": {"type": ["integer", "null"], "minimum": 0},
        "roles": {"type": "array", "maxItems": 1000, "items": {"type": "object", "minProperties": 1, "maxProperties": 1,
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}}, "additionalProperties": false}}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/OS-TRUST/trusts",
     .policy = Policy::any_token(),
     .summary = "List trusts, of a trustor or a trustee, or all.",
     .handle = list},
    {.method = Method::post,
     .path = "/v3/OS-TRUST/trusts",
     .policy = Policy("identity:create_trust", "user_id:%(target.trust.trustor_user_id)s", "project"),
     .target = body_trust,
     .body = kCreate,
     .success = 201,
     .summary = "Let another user act for oneself.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/OS-TRUST/trusts/{trust_id}",
     .policy = Policy("identity:get_trust", kOwn, kSystemProject),
     .target = path_trust,
     .summary = "Show a trust.",
     .handle = show},
    {.method = Method::del,
     .path = "/v3/OS-TRUST/trusts/{trust_id}",
     .policy = Policy("identity:delete_trust", "rule:admin_required or user_id:%(target.trust.trustor_user_id)s",
                      kSystemProject),
     .target = path_trust,
     .success = 204,
     .summary = "Delete a trust and what was handed on from it.",
     .handle = remove},
    {.method = Method::get,
     .path = "/v3/OS-TRUST/trusts/{trust_id}/roles",
     .policy = Policy("identity:list_roles_for_trust", kOwn, kSystemProject),
     .target = path_trust,
     .summary = "List the roles of a trust.",
     .handle = list_roles},
    {.method = Method::get,
     .path = "/v3/OS-TRUST/trusts/{trust_id}/roles/{role_id}",
     .policy = Policy("identity:get_role_for_trust", kOwn, kSystemProject),
     .target = path_trust,
     .summary = "Show a role of a trust.",
     .handle = show_role},
};

}  // namespace

api::EndpointTable trust_endpoints() { return kEndpoints; }

std::vector<auth::RuleDefault> trust_list_rules() {
    const std::vector<std::string> scopes{"system", "project"};
    return {{"identity:list_trusts", std::string(kAdminOrReader), scopes},
            {"identity:list_trusts_for_trustor",
             "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustor_user_id)s)",
             scopes},
            {"identity:list_trusts_for_trustee",
             "(rule:admin_required) or (role:reader and system_scope:all or user_id:%(target.trust.trustee_user_id)s)",
             scopes}};
}

}  // namespace cumulet::identity

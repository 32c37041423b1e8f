// Keystone to Keystone: what other clouds get to know about our users.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/federation/gate/gate.hpp"
#include "identity/federation/saml/issuer.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

namespace saml = federation::saml;

const saml::OwnIssuer& own_issuer(const Call& call) {
    const auto* gate = identity_of(call).federation;
    if (!gate || gate->saml().own.key_pem.empty())
        throw Fault(Errc::not_implemented, "This cloud vouches for nobody: it has no key for SAML assertions.");
    return gate->saml().own;
}

std::string name_of_domain(Transaction& txn, const std::string& id) {
    auto domain = txn.get<Project>(id);
    return domain ? domain->name : "";
}

// The groups as the other cloud's mapping can take them.
std::vector<std::string> groups_as_json(Transaction& txn, const std::string& user_id) {
    std::vector<std::string> out;
    for (const auto& id : groups_of(txn, user_id))
        if (auto group = txn.get<Group>(id))
            out.push_back(
                "JSON:" +
                json{{"name", group->name}, {"domain", {{"name", name_of_domain(txn, group->domain_id)}}}}.dump());
    return out;
}

struct Vouched {
    ServiceProvider provider;
    saml::Statement statement;
};

Vouched vouch(Call& call, Transaction& txn) {
    const json& auth = call.body()["auth"];
    auto provider = require_service_provider(txn, auth["scope"]["service_provider"]["id"].get<std::string>());
    if (!provider.enabled) throw Fault(Errc::forbidden, "Service Provider {} is disabled", provider.id);
    const auto token = identity_of(call).tokens.validate(auth["identity"]["token"]["id"].get<std::string>());
    if (!token) throw unauthorized("a token that is not valid was to be vouched for");
    if (token->facts.project_id.empty())
        throw Fault(Errc::forbidden,
                    "You are not authorized to perform the requested action: Use a project scoped token when "
                    "attempting to create a SAML assertion.");
    const auto& who = *token->context;
    saml::Statement statement{.recipient = provider.sp_url,
                              .audience = "",
                              .user = who.user_name,
                              .user_domain = who.user_domain_name,
                              .project = who.project_name,
                              .project_domain = who.project_domain_name,
                              .roles = who.roles,
                              .groups = groups_as_json(txn, who.user_id)};
    return {.provider = std::move(provider), .statement = std::move(statement)};
}

Reply document(const Vouched& vouched, std::string xml) {
    return Reply::text(200, std::move(xml), "text/xml")
        .header("X-sp-url", vouched.provider.sp_url)
        .header("X-auth-url", vouched.provider.auth_url);
}

Reply assertion(Call& call, Transaction& txn) {
    const auto& own = own_issuer(call);
    const auto vouched = vouch(call, txn);
    return document(vouched, saml::make_response(own, vouched.statement, call.now(), call.random()));
}

Reply ecp_assertion(Call& call, Transaction& txn) {
    const auto& own = own_issuer(call);
    const auto vouched = vouch(call, txn);
    const auto relay_state = vouched.provider.relay_state_prefix + call.random().hex_uuid();
    return document(vouched, saml::make_ecp(own, vouched.statement, relay_state, call.now(), call.random()));
}

Reply metadata(Call& call, Transaction&) {
    const auto url = identity_of(call).settings.authenticate_uri + "/auth/OS-FEDERATION/saml2";
    return Reply::text(200, saml::make_metadata(own_issuer(call), url), "text/xml");
}

constexpr Schema kAsk{R"({"type": "object", "required": ["auth"], "properties": {"auth": {"type": "object",
    "required": ["identity", "scope"], "additionalProperties": false, "properties": {
        "identity": {"type": "object", "required": ["token"], "additionalProperties": false, "properties": {
            "methods": {"type": "array"},
            "token": {"type": "object", "required": ["id"], "additionalProperties": false,
                "properties": {"id": {"type": "string"}}}}},
        "scope": {"type": "object", "required": ["service_provider"], "additionalProperties": false, "properties": {
            "service_provider": {"type": "object", "required": ["id"], "additionalProperties": false,
                "properties": {"id": {"type": "string"}}}}}}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::post,
     .path = "/v3/auth/OS-FEDERATION/saml2",
     .policy = Policy::open(),
     .body = kAsk,
     .summary = "Vouch for the user of a token towards another cloud: a signed SAML response.",
     .handle = assertion,
     .heavy = true},
    {.method = Method::post,
     .path = "/v3/auth/OS-FEDERATION/saml2/ecp",
     .policy = Policy::open(),
     .body = kAsk,
     .summary = "The same in the envelope that a client carries to the other cloud.",
     .handle = ecp_assertion,
     .heavy = true},
    {.method = Method::get,
     .path = "/v3/OS-FEDERATION/saml2/metadata",
     .policy = Policy::open(),
     .summary = "Show what other clouds need to know to believe this one.",
     .handle = metadata},
};

}  // namespace

api::EndpointTable saml_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

// Domains.
#include "identity/api/schemas.hpp"
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/api/views.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::initializer_list<std::string_view> kKnown = {"name", "description", "enabled",
                                                            "tags", "options",     "explicit_domain_id"};

json list_target(Call& call, Transaction&) {
    if (call.actor().domain_id.empty()) return json::object();
    return {{"target", {{"domain", {{"id", call.actor().domain_id}}}}}};
}

Reply list_domains(Call& call, Transaction& txn) {
    json items = json::array();
    const auto& own = call.actor().domain_id;  // a domain's token sees that domain
    if (!own.empty()) {
        items.push_back(domain_view(call, require_domain(txn, own)));
    } else if (auto name = call.query("name")) {
        if (auto domain = find_domain_by_name(txn, *name)) items.push_back(domain_view(call, *domain));
    } else {
        txn.visit<Project>(
            {.index = "domain"},
            [&](Project&& domain) {
                items.push_back(domain_view(call, domain));
                return true;
            },
            true);
    }
    return list_reply(call, "domains", filtered(call, std::move(items), {"name", "enabled", "id"}));
}

// Whether a domain is there is no secret from who asks to change it.
json existing_target(Call& call, Transaction& txn) {
    require_domain(txn, call.path("domain_id"));
    return path_target(call, txn);
}

Reply create(Call& call, Transaction& txn) {
    const json& body = call.body()["domain"];
    Project domain{.id = text_or(body, "explicit_domain_id", call.random().hex_uuid()),
                   .name = "",
                   .domain_id = "",
                   .parent_id = ""};
    if (txn.get<Project>(domain.id)) throw conflict("domain", fmt::format("Duplicate ID, {}", domain.id));
    domain.is_domain = true;
    take_project(domain, body, kKnown);
    domain.created_at = call.now();
    create_project(txn, domain);
    return Reply::created({{"domain", domain_view(call, domain)}});
}

Reply show(Call& call, Transaction& txn) {
    return Reply::ok({{"domain", domain_view(call, require_domain(txn, call.path("domain_id")))}});
}

Reply update(Call& call, Transaction& txn) {
    const json& body = call.body()["domain"];
    const Project before = require_domain(txn, call.path("domain_id"));
    Project domain = before;
    take_project(domain, body, kKnown);
    update_project(txn, before, domain);
    return Reply::ok({{"domain", domain_view(call, domain)}});
}

Reply remove(Call& call, Transaction& txn) {
    const auto domain = require_domain(txn, call.path("domain_id"));
    if (domain.id == kDefaultDomain)
        throw Fault(Errc::forbidden,
                    "Cannot delete the default domain: users without a domain of their own live there.");
    delete_domain(txn, domain);
    return Reply::no_content();
}

constexpr std::string_view kGet =
    "rule:admin_required or (role:reader and system_scope:all) or token.domain.id:%(target.domain.id)s or "
    "token.project.domain.id:%(target.domain.id)s";
constexpr std::string_view kList =
    "rule:admin_required or (role:reader and system_scope:all) or (role:reader and domain_id:%(target.domain.id)s)";
constexpr std::string_view kMember = "domain";
constexpr std::string_view kOwnId = R"(, "explicit_domain_id": {"type": "string", "pattern": "^[a-fA-F0-9]{32}$"})";
constexpr auto kPropertiesOfNew = api::joined<kProjectProperties, kOwnId>;
constexpr Schema kCreate = body_of<kMember, kNamed, kPropertiesOfNew>;
constexpr Schema kUpdate = body_of<kMember, kAnything, kProjectProperties>;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/domains",
     .policy = Policy("identity:list_domains", kList, kAnyScope),
     .target = list_target,
     .summary = "List domains.",
     .handle = list_domains},
    {.method = Method::post,
     .path = "/v3/domains",
     .policy = admin_policy("identity:create_domain"),
     .body = kCreate,
     .success = 201,
     .summary = "Create a domain.",
     .handle = create},
    {.method = Method::get,
     .path = "/v3/domains/{domain_id}",
     .policy = Policy("identity:get_domain", kGet, kAnyScope),
     .target = path_target,
     .summary = "Show a domain.",
     .handle = show},
    {.method = Method::patch,
     .path = "/v3/domains/{domain_id}",
     .policy = admin_policy("identity:update_domain"),
     .target = existing_target,
     .body = kUpdate,
     .summary = "Change a domain.",
     .handle = update},
    {.method = Method::del,
     .path = "/v3/domains/{domain_id}",
     .policy = admin_policy("identity:delete_domain"),
     .target = existing_target,
     .success = 204,
     .summary = "Delete a disabled domain and everything in it.",
     .handle = remove},
};

}  // namespace

api::EndpointTable domain_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

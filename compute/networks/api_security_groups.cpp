#include "compute/model/quota.hpp"
#include "compute/networks/documents.hpp"
#include "compute/networks/groups.hpp"
#include "compute/networks/holds.hpp"
#include "compute/networks/proxied.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::string_view kSingular = "security_group", kPlural = "security_groups";
constexpr std::string_view kProperties = R"J("name":{"$ref":"#/definitions/name"},"stateful":{"enum":[true,null]})J";

// A project that has not looked yet gets its default group now.
void ensure_default_group(Call& call, store::Transaction& txn) {
    if (const auto& project = call.actor().project_id; !project.empty()) default_group(txn, call.random(), project);
}

Reply list_groups(Call& call, store::Transaction& txn) {
    ensure_default_group(call, txn);
    return list_rows(call, txn, security_group_list());
}

Reply create_groups(Call& call, store::Transaction& txn) {
    ensure_default_group(call, txn);
    std::vector<json> documents;
    for (const auto& item : items_of(call, kSingular, kPlural)) {
        SecurityGroup group;
        group.project_id = owner_for(call, item);
        group.name = text_of(item, "name");
        group.description = text_of(item, "description");
        if (group.name == "default")
            throw Fault(Errc::conflict, "Default security group already exists.")
                .kind("SecurityGroupDefaultAlreadyExists");
        group = within_quota("security_group", [&] { return make_group(txn, call.random(), std::move(group)); });
        documents.push_back(security_group_document(call, txn, group));
    }
    return created(call, kSingular, kPlural, std::move(documents));
}

SecurityGroup visible_group(Call& call, store::Transaction& txn) {
    return find_visible(call, txn, security_group_list(), call.path("security_group_id"), security_group_not_found);
}

Reply show_group(Call& call, store::Transaction& txn) {
    return Reply::ok({{kSingular, with_fields(call, security_group_document(call, txn, visible_group(call, txn)))}});
}

Reply update_group(Call& call, store::Transaction& txn) {
    auto group = visible_group(call, txn);
    const auto& item = call.body().at(std::string(kSingular));
    refuse_read_only(item, {"tenant_id", "project_id"});
    if (group.is_default && item.contains("name") && text_of(item, "name") != group.name)
        throw Fault(Errc::conflict, "Updating default security group not allowed.")
            .kind("SecurityGroupCannotUpdateDefault");
    fill_changed(txn, group, item);
    txn.put(group, "updated");
    return Reply::ok({{kSingular, security_group_document(call, txn, group)}});
}

}  // namespace

void erase_group(const Call& call, store::Transaction& txn, SecurityGroup group) {
    if (group.is_default && !is_admin(call))
        throw Fault(Errc::conflict, "Insufficient rights for removing default security group.")
            .kind("SecurityGroupCannotRemoveDefault");
    if (!close_for_ever(txn, kHoldGroup, group.id)) throw security_group_in_use(group.id);
    auto rules = txn.scan<SecurityGroupRule>({.index = "group"}, group.id);
    for (auto& rule : txn.scan<SecurityGroupRule>({.index = "remote_group"}, group.id))
        if (rule.security_group_id != group.id) rules.push_back(std::move(rule));
    for (const auto& rule : rules) {
        quota_take(txn, rule.project_id, "security_group_rule", -1);
        txn.erase(rule, "deleted");
    }
    quota_take(txn, group.project_id, "security_group", -1);
    txn.erase(group, "deleted");
}

namespace {

Reply delete_group(Call& call, store::Transaction& txn) {
    erase_group(call, txn, visible_group(call, txn));
    return Reply::no_content();
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v2.0/security-groups",
     .policy = Policy{"get_security_group", kReader},
     .target = own_target,
     .summary = "List security groups with their rules.",
     .handle = list_groups},
    {.method = Method::post,
     .path = "/v2.0/security-groups",
     .policy = Policy{"create_security_group", kMember},
     .target = own_target,
     .body = {schema::kCreate<kSingular, kPlural, kProperties>},
     .success = 201,
     .summary = "Create one security group or several; each lets everything out.",
     .handle = create_groups},
    {.method = Method::get,
     .path = "/v2.0/security-groups/{security_group_id}",
     .policy = Policy{"get_security_group", kReader},
     .target = own_target,
     .summary = "Show a security group.",
     .handle = show_group},
    {.method = Method::put,
     .path = "/v2.0/security-groups/{security_group_id}",
     .policy = Policy{"update_security_group", kMember},
     .target = own_target,
     .body = {schema::kUpdate<kSingular, kProperties>},
     .summary = "Rename or describe a security group.",
     .handle = update_group},
    {.method = Method::del,
     .path = "/v2.0/security-groups/{security_group_id}",
     .policy = Policy{"delete_security_group", kMember},
     .target = own_target,
     .success = 204,
     .summary = "Delete a security group that no port is in.",
     .handle = delete_group},
};

}  // namespace

api::EndpointTable security_group_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks

#include "identity/api/support.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"
#include "identity/api/listing.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/roles.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

std::string link_to(const Call& call, std::string_view collection, std::string_view id) {
    return fmt::format("{}/v3/{}/{}", call.base_url(), collection, text::percent_encode(id));
}

Reply list_reply(const Call& call, std::string_view plural, json items) {
    const std::size_t bound = identity_of(call).settings.list_limit;
    const std::size_t limit = api::page_request(call, bound).limit;
    json document = json::object();
    if (items.size() > limit) {
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(limit), items.end());
        document["truncated"] = true;
    }
    document["links"] = {{"next", nullptr}, {"self", call.base_url() + call.request().target}, {"previous", nullptr}};
    document[std::string(plural)] = std::move(items);
    return Reply::ok(document);
}

json filtered(const Call& call, json items, std::initializer_list<std::string_view> attributes) {
    const ListFilter filter(call, attributes);
    if (filter.empty()) return items;
    json kept = json::array();
    for (auto& item : items)
        if (filter.fits(item)) kept.push_back(std::move(item));
    return kept;
}

const json& described(const Call& call, std::string_view member) {
    static const json kNothing = json::object();
    if (!call.body().is_object()) return kNothing;
    auto found = call.body().find(member);
    return found != call.body().end() && found->is_object() ? *found : kNothing;
}

std::optional<std::string> text_member(const json& object, std::string_view name) {
    auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

std::string text_or(const json& object, std::string_view name, std::string_view fallback) {
    return text_member(object, name).value_or(std::string(fallback));
}

bool bool_or(const json& object, std::string_view name, bool fallback) {
    auto found = object.find(name);
    return found != object.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

json extra_members(const json& object, std::initializer_list<std::string_view> known) {
    json extra = json::object();
    for (const auto& [name, value] : object.items())
        if (name != "id" && name != "links" && std::find(known.begin(), known.end(), name) == known.end())
            extra[name] = value;
    return extra;
}

void set_extra_members(json& into, const json& object, std::initializer_list<std::string_view> known) {
    into.update(extra_members(object, known));
}

void merge_members(json& into, const json& changes) {
    for (const auto& [name, value] : changes.items()) {
        if (value.is_null())
            into.erase(name);
        else
            into[name] = value;
    }
}

void take_project(Project& project, const json& body, std::initializer_list<std::string_view> known) {
    project.name = text_or(body, "name", project.name);
    if (body.contains("description")) project.description = text_or(body, "description", "");
    project.enabled = bool_or(body, "enabled", project.enabled);
    if (auto tags = body.find("tags"); tags != body.end()) project.tags = tags->get<std::set<std::string>>();
    merge_members(project.options, body.value("options", json::object()));
    set_extra_members(project.extra, body, known);
}

std::string domain_for_new(const Call& call, const json& body) {
    if (auto named = text_member(body, "domain_id")) return *named;
    const auto& who = call.actor();
    if (!who.domain_id.empty()) return who.domain_id;
    return who.project_domain_id.empty() ? std::string(kDefaultDomain) : who.project_domain_id;
}

json new_target(const Call& call, std::string_view member) {
    auto domain = text_member(described(call, member), "domain_id");
    return domain ? json{{"target", {{std::string(member), {{"domain_id", *domain}}}}}} : json::object();
}

json user_target(Transaction& txn, std::string_view user_id) {
    auto user = txn.peek<User>(user_id);
    if (!user) return json::object();
    return {{"target", {{"user", {{"id", user->id}, {"domain_id", user->domain_id}}}}}};
}

json group_target(Transaction& txn, std::string_view group_id) {
    auto group = txn.peek<Group>(group_id);
    if (!group) return json::object();
    return {{"target", {{"group", {{"id", group->id}, {"domain_id", group->domain_id}}}}}};
}

json project_target(Transaction& txn, std::string_view project_id) {
    auto project = txn.peek<Project>(project_id);
    if (!project) return json::object();
    const json domain = project->is_domain ? json(nullptr) : json(project->domain_id);
    return {{"target", {{"project", {{"id", project->id}, {"domain_id", domain}}}}}};
}

json path_target(Call& call, Transaction& txn) {
    const auto path = call.endpoint().path;
    auto names = [&](std::string_view parameter) { return path.find(parameter) != std::string_view::npos; };
    json target = json::object();
    if (names("{user_id}")) target.merge_patch(user_target(txn, call.path("user_id")));
    if (names("{group_id}")) target.merge_patch(group_target(txn, call.path("group_id")));
    if (names("{project_id}")) target.merge_patch(project_target(txn, call.path("project_id")));
    if (names("{domain_id}")) target["target"]["domain"]["id"] = call.path("domain_id");
    if (names("{role_id}")) {
        if (auto role = txn.peek<Role>(call.path("role_id")))
            target["target"]["role"] = {{"id", role->id},
                                        {"name", role->name},
                                        {"domain_id", role->domain_id.empty() ? json(nullptr) : json(role->domain_id)}};
    }
    return target;
}

}  // namespace cumulet::identity

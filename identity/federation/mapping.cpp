#include "identity/federation/mapping.hpp"

#include <algorithm>

#include "identity/federation/mapping_rules.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation {
namespace {

using nlohmann::json;

constexpr std::size_t kMostPatterns = 1000, kMostProjects = 1000;
constexpr std::string_view kJsonGroup = "JSON:";

std::string text_in(const json& object, const char* name, const DirectMaps& values) {
    auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return "";
    return fill_in(found->get_ref<const std::string&>(), values);
}

DomainName domain_in(const json& object, const DirectMaps& values) {
    auto found = object.find("domain");
    if (found == object.end() || !found->is_object()) return {};
    return {.id = text_in(*found, "id", values), .name = text_in(*found, "name", values)};
}

// A rule that selects nothing for the user's name must not give all such users one.
void refuse_empty(const std::string& text) {
    if (text == "[]") throw unauthorized("the mapping selects no value for the user");
}

void take_user(MappedProperties& mapped, const json& user, const DirectMaps& values, const DomainName& domain) {
    mapped.user_id = text_in(user, "id", values);
    mapped.user_name = text_in(user, "name", values);
    refuse_empty(mapped.user_id);
    refuse_empty(mapped.user_name);
    if (user.contains("email")) mapped.user_email = text_in(user, "email", values);
    mapped.user_domain = domain_in(user, values);
    if (mapped.user_domain.empty()) mapped.user_domain = domain;
    const auto type = text_in(user, "type", values);
    if (type == "local")
        mapped.user_type = UserType::local;
    else if (!type.empty() && type != "ephemeral")
        throw unauthorized("the mapping gives the user type " + type);
}

std::string plain_text(const json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

// A group as Keystone's own assertions name it: JSON:{"name": "g", "domain": {"name": "d"}}.
MappedGroup group_from_json(const std::string& text) {
    const auto document = json::parse(text.substr(kJsonGroup.size()), nullptr, false);
    if (!document.is_object() || !document.contains("domain") || !document["domain"].is_object() ||
        !document.contains("name") || !document["name"].is_string())
        throw unauthorized("a group in the assertion is not named together with its domain");
    const auto& domain = document["domain"];
    return {.name = document["name"], .domain = {.id = plain_text(domain, "id"), .name = plain_text(domain, "name")}};
}

void take_groups(MappedProperties& mapped, const json& local, const DirectMaps& values) {
    const auto domain = domain_in(local, values);
    for (auto& name : fill_in_list(local["groups"].get_ref<const std::string&>(), values)) {
        if (name.starts_with(kJsonGroup)) {
            mapped.groups.push_back(group_from_json(name));
        } else {
            if (domain.empty()) throw unauthorized("the mapping names groups without their domain");
            mapped.groups.push_back({.name = std::move(name), .domain = domain});
        }
    }
}

void take_group(MappedProperties& mapped, const json& group, const DirectMaps& values) {
    if (group.contains("id"))
        mapped.group_ids.push_back(text_in(group, "id", values));
    else
        mapped.groups.push_back({.name = text_in(group, "name", values), .domain = domain_in(group, values)});
}

MappedProject project_in(const json& project, const DirectMaps& values, const DomainName& domain) {
    MappedProject one{.name = text_in(project, "name", values), .roles = {}, .domain = domain_in(project, values)};
    for (const auto& role : project["roles"]) one.roles.push_back(text_in(role, "name", values));
    if (one.domain.empty()) one.domain = domain;
    return one;
}

// A project as the assertion itself names it: {"name": "p", "domain": {"name": "d"}, "roles": [{"name": "member"}]}.
MappedProject project_from_json(const json& project, const DomainName& domain) {
    auto is_named = [](const json& object) {
        return object.is_object() && object.contains("name") && object["name"].is_string();
    };
    const auto refuse = [] { throw unauthorized("a project in the assertion is not named together with its roles"); };
    if (!is_named(project) || !project.contains("roles") || !project["roles"].is_array()) refuse();
    MappedProject one{.name = project["name"], .roles = {}, .domain = domain};
    for (const auto& role : project["roles"]) {
        if (!is_named(role)) refuse();
        one.roles.push_back(role["name"]);
    }
    if (auto own = project.find("domain"); own != project.end()) {
        one.domain = {.id = own->is_object() ? plain_text(*own, "id") : "",
                      .name = own->is_object() ? plain_text(*own, "name") : ""};
        if (one.domain.empty()) refuse();
    }
    return one;
}

void take_projects_json(std::vector<MappedProject>& projects, const std::string& place, const DirectMaps& values,
                        const DomainName& domain) {
    for (const auto& text : fill_in_list(place, values)) {
        const auto document = json::parse(text, nullptr, false);
        if (!document.is_structured()) throw unauthorized("the assertion's projects are no JSON");
        for (const auto& each : document.is_array() ? document : json::array({document})) {
            projects.push_back(project_from_json(each, domain));
            if (projects.size() > kMostProjects) throw unauthorized("the mapping gives too many projects");
        }
    }
}

void take_projects(MappedProperties& mapped, const json& local, const DirectMaps& values, const DomainName& domain) {
    const auto projects = local.find("projects"), from_assertion = local.find("projects_json");
    if (projects == local.end() && from_assertion == local.end()) return;
    mapped.projects.clear();
    if (projects != local.end())
        for (const auto& each : *projects) mapped.projects.push_back(project_in(each, values, domain));
    if (from_assertion != local.end())
        take_projects_json(mapped.projects, from_assertion->get_ref<const std::string&>(), values, domain);
}

void take_local(MappedProperties& mapped, bool& has_user, const json& local, const DirectMaps& values,
                RuleVersion version) {
    const auto domain = version == RuleVersion::first ? DomainName{} : domain_in(local, values);
    if (auto user = local.find("user"); user != local.end() && !has_user) {
        take_user(mapped, *user, values, domain);
        has_user = true;
    }
    if (auto group = local.find("group"); group != local.end()) take_group(mapped, *group, values);
    if (local.contains("groups")) take_groups(mapped, local, values);
    if (auto ids = local.find("group_ids"); ids != local.end())
        for (auto& id : fill_in_list(ids->get_ref<const std::string&>(), values)) mapped.group_ids.push_back(id);
    take_projects(mapped, local, values, domain);
}

// What the rules have that their version has not.
std::optional<std::string> problem_of_version(const json& rules, RuleVersion version) {
    for (const auto& rule : rules)
        for (const auto& local : rule["local"]) {
            if (version < RuleVersion::third && local.contains("projects_json"))
                return "'projects_json' needs schema version 3.0.";
            if (version < RuleVersion::second && local.contains("projects"))
                for (const auto& project : local["projects"])
                    if (project.contains("domain")) return "Domains of projects need schema version 2.0.";
        }
    return std::nullopt;
}

}  // namespace

RuleVersion rule_version(std::string_view text) {
    return text == "3.0" ? RuleVersion::third : text == "2.0" ? RuleVersion::second : RuleVersion::first;
}

MappedProperties apply_rules(const json& rules, const Assertion& assertion, RuleVersion version) {
    check_size(assertion);
    MappedProperties mapped;
    mapped.only_these_projects = version == RuleVersion::third;
    bool has_user = false, fits = false;
    for (const auto& rule : rules) {
        const auto values = select_values(rule["remote"], assertion);
        if (!values) continue;
        for (const auto& local : rule["local"]) {
            fits = true;
            take_local(mapped, has_user, local, *values, version);
        }
    }
    if (!fits) throw unauthorized("no rule of the mapping fits the assertion");
    std::sort(mapped.group_ids.begin(), mapped.group_ids.end());
    mapped.group_ids.erase(std::unique(mapped.group_ids.begin(), mapped.group_ids.end()), mapped.group_ids.end());
    return mapped;
}

std::optional<std::string> problem_of_rules(const json& rules, RuleVersion version) {
    if (auto problem = problem_of_version(rules, version)) return problem;
    std::size_t patterns = 0;
    for (const auto& rule : rules) {
        for (const auto& requirement : rule["remote"]) {
            if (!requirement.value("regex", false)) continue;
            for (const char* kind : {"any_one_of", "not_any_of", "blacklist", "whitelist"}) {
                auto list = requirement.find(kind);
                if (list == requirement.end()) continue;
                for (const auto& pattern : *list) {
                    if (!pattern.is_string()) return "A regular expression is no text.";
                    if (++patterns > kMostPatterns)
                        return fmt::format("A mapping may hold {} regular expressions.", kMostPatterns);
                    if (auto problem = problem_of_pattern(pattern)) return problem;
                }
            }
        }
    }
    return std::nullopt;
}

}  // namespace cumulet::identity::federation

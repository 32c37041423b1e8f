// Domains, projects, roles and who has which role where.
#include <nlohmann/json.hpp>

#include "identity/keystone_import/tables.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/roles.hpp"

namespace cumulet::identity::keystone_import {
namespace {

using nlohmann::json;

// The row that every domain belongs to in Keystone's table, and that no API shows.
constexpr std::string_view kRootDomain = "<<keystone.domain.root>>";
constexpr std::string_view kImmutable = "IMMU";

std::map<std::string, json> read_options(Source& source, const char* table, const char* owner) {
    std::map<std::string, json> options;
    source.database.read(table, "", [&](const Row& row) {
        if (row.text("option_id") == kImmutable)
            options[row.text(owner)]["immutable"] = json::parse(row.text("option_value"), nullptr, false) == true;
    });
    return options;
}

json options_of(const std::map<std::string, json>& options, const std::string& id) {
    const auto found = options.find(id);
    return found == options.end() ? json::object() : found->second;
}

}  // namespace

json json_of(const Row& row, std::string_view column) {
    auto value = json::parse(row.text(column), nullptr, false);
    return value.is_object() ? value : json::object();
}

std::string take_text(json& extra, const char* name) {
    const auto found = extra.find(name);
    if (found == extra.end()) return "";
    std::string text = found->is_string() ? found->get<std::string>() : "";
    extra.erase(found);
    return text;
}

void import_resources(Source& source) {
    std::map<std::string, std::set<std::string>> tags;
    source.database.read("project_tag", "",
                         [&](const Row& row) { tags[row.text("project_id")].insert(row.text("name")); });
    const auto options = read_options(source, "project_option", "project_id");
    source.database.read("project", "is_domain DESC, id", [&](const Row& row) {
        if (row.text("id") == kRootDomain) return;
        Project project{.id = row.text("id"),
                        .name = row.text("name"),
                        .domain_id = "",
                        .parent_id = "",
                        .description = row.text("description")};
        project.is_domain = row.flag("is_domain");
        project.enabled = row.flag("enabled");
        if (!project.is_domain) {
            project.domain_id = row.text("domain_id");
            project.parent_id = row.find("parent_id") ? row.text("parent_id") : project.domain_id;
        }
        project.tags = tags[project.id];
        project.options = options_of(options, project.id);
        project.extra = json_of(row, "extra");
        (project.is_domain ? source.known.domains : source.known.projects).insert(project.id);
        source.writer.put(project, project.name);
    });
}

void import_roles(Source& source) {
    const auto options = read_options(source, "role_option", "role_id");
    source.database.read("role", "id", [&](const Row& row) {
        Role role{.id = row.text("id"),
                  .name = row.text("name"),
                  .domain_id = row.text("domain_id"),
                  .description = row.text("description")};
        if (role.domain_id == "<<null>>") role.domain_id.clear();
        role.has_description = row.find("description").has_value();
        role.options = options_of(options, role.id);
        role.extra = json_of(row, "extra");
        source.known.roles.insert(role.id);
        source.writer.put(role, role.name);
    });
    source.database.read("implied_role", "", [&](const Row& row) {
        source.writer.put(ImpliedRole{row.text("prior_role_id"), row.text("implied_role_id")}, "");
    });
}

void import_assignments(Source& source) {
    const auto take = [&](const Row& row, bool system) {
        const auto kind = row.text("type");
        const bool user = kind.starts_with("User");
        Assignment assignment;
        assignment.actor_kind = user ? ActorKind::user : ActorKind::group;
        assignment.actor_id = row.text("actor_id");
        assignment.target_kind = system                     ? TargetKind::system
                                 : kind.ends_with("Domain") ? TargetKind::domain
                                                            : TargetKind::project;
        assignment.target_id = system ? std::string(kSystemTarget) : row.text("target_id");
        assignment.role_id = row.text("role_id");
        assignment.inherited = row.flag("inherited");
        const auto& known = source.known;
        const std::string name = kind + " " + assignment.actor_id + " on " + assignment.target_id;
        if (!known.roles.contains(assignment.role_id)) return source.writer.skip("its role is gone", name);
        if (!system && !known.projects.contains(assignment.target_id) && !known.domains.contains(assignment.target_id))
            return source.writer.skip("its project or domain is gone", name);
        // Users and groups of a directory are not in Keystone's tables; what they were given is kept.
        source.writer.put(assignment, name);
    };
    source.database.read("assignment", "", [&](const Row& row) { take(row, false); });
    source.database.read("system_assignment", "", [&](const Row& row) { take(row, true); });
}

}  // namespace cumulet::identity::keystone_import

#include "identity/api/rows.hpp"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "common/runtime/text.hpp"
#include "identity/json_text.hpp"

namespace cumulet::identity {
namespace {

using nlohmann::json;

std::string_view bool_text(bool value) { return value ? "true" : "false"; }

// The operator's own attributes, which never hide ours.
void append_extra(std::string& out, const json& extra, std::initializer_list<std::string_view> ours) {
    if (!extra.is_object()) return;
    for (const auto& [name, value] : extra.items()) {
        if (std::find(ours.begin(), ours.end(), name) != ours.end()) continue;
        append_json(out, std::string_view(name));
        out += ':';
        append_value(out, value);
        out += ',';
    }
}

void append_link(std::string& out, std::string_view base_url, std::string_view collection, std::string_view id) {
    out += R"(,"links":{"self":)";
    std::string url(base_url);
    url += collection;
    url += text::percent_encode(id);
    append_json(out, std::string_view(url));
    out += "}}";
}

}  // namespace

void append_user(std::string& out, std::string_view base_url, const User& user) {
    out += '{';
    append_extra(
        out, user.extra,
        {"id", "name", "domain_id", "enabled", "default_project_id", "options", "password_expires_at", "links"});
    append_member(out, R"("id":)", user.id);
    append_member(out, R"(,"name":)", user.name);
    append_member(out, R"(,"domain_id":)", user.domain_id);
    out += R"(,"enabled":)";
    out += bool_text(user.enabled);
    if (!user.default_project_id.empty()) append_member(out, R"(,"default_project_id":)", user.default_project_id);
    out += R"(,"options":)";
    append_value(out, user.options);
    out += R"(,"password_expires_at":)";
    append_json_or_null(out, user.password_expires_at ? to_iso_micros(*user.password_expires_at) : std::string());
    append_link(out, base_url, "/v3/users/", user.id);
}

void append_project(std::string& out, std::string_view base_url, const Project& project) {
    out += '{';
    append_extra(
        out, project.extra,
        {"id", "name", "domain_id", "parent_id", "description", "enabled", "is_domain", "tags", "options", "links"});
    append_member(out, R"("id":)", project.id);
    append_member(out, R"(,"name":)", project.name);
    out += R"(,"domain_id":)";
    append_json_or_null(out, project.domain_id);
    out += R"(,"parent_id":)";
    append_json_or_null(out, project.parent_id);
    append_member(out, R"(,"description":)", project.description);
    out += R"(,"enabled":)";
    out += bool_text(project.enabled);
    out += R"(,"is_domain":)";
    out += bool_text(project.is_domain);
    out += R"(,"tags":[)";
    for (const auto& tag : project.tags) {
        if (out.back() == '"') out += ',';
        append_json(out, std::string_view(tag));
    }
    out += R"(],"options":)";
    append_value(out, project.options);
    append_link(out, base_url, "/v3/projects/", project.id);
}

}  // namespace cumulet::identity

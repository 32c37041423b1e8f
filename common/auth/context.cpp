#include "common/auth/context.hpp"

#include <algorithm>
#include <stdexcept>

namespace cumulet::auth {

namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
    auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const json& object, const char* name) {
    std::vector<std::string> texts;
    auto found = object.find(name);
    if (found == object.end() || !found->is_array()) return texts;
    for (const auto& item : *found)
        if (item.is_string()) texts.push_back(item.get<std::string>());
    return texts;
}

const json& object_of(const json& object, const char* name) {
    static const json kEmpty = json::object();
    auto found = object.find(name);
    return found != object.end() && found->is_object() ? *found : kEmpty;
}

Timestamp time_of(const json& object, const char* name) {
    const auto time = parse_iso(text_of(object, name));
    if (!time) throw std::runtime_error(std::string("a token without a readable ") + name);
    return *time;
}

}  // namespace

bool Context::has_role(std::string_view name) const {
    return std::find(roles.begin(), roles.end(), name) != roles.end();
}

Context context_from_token(const nlohmann::json& token) {
    if (!token.is_object() || !token.contains("user")) throw std::runtime_error("not a token document");
    Context context;
    const json& user = object_of(token, "user");
    context.user_id = text_of(user, "id");
    if (context.user_id.empty()) throw std::runtime_error("a token document without a user id");
    context.user_name = text_of(user, "name");
    context.user_domain_id = text_of(object_of(user, "domain"), "id");
    context.user_domain_name = text_of(object_of(user, "domain"), "name");
    const json& project = object_of(token, "project");
    context.project_id = text_of(project, "id");
    context.project_name = text_of(project, "name");
    context.project_domain_id = text_of(object_of(project, "domain"), "id");
    context.project_domain_name = text_of(object_of(project, "domain"), "name");
    context.domain_id = text_of(object_of(token, "domain"), "id");
    context.domain_name = text_of(object_of(token, "domain"), "name");
    context.system_scope = object_of(token, "system").value("all", false);
    if (auto roles = token.find("roles"); roles != token.end() && roles->is_array())
        for (const auto& role : *roles) {
            context.roles.push_back(text_of(role, "name"));
            context.role_ids.push_back(text_of(role, "id"));
        }
    context.methods = texts_of(token, "methods");
    context.audit_ids = texts_of(token, "audit_ids");
    context.trust_id = text_of(object_of(token, "OS-TRUST:trust"), "id");
    context.application_credential_id = text_of(object_of(token, "application_credential"), "id");
    if (auto flag = token.find("is_admin_project"); flag != token.end() && flag->is_boolean())
        context.is_admin_project = flag->get<bool>();
    context.issued_at = time_of(token, "issued_at");
    context.expires_at = time_of(token, "expires_at");
    context.token = token;
    return context;
}

}  // namespace cumulet::auth

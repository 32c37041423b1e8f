#include "common/auth/policy_eval.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"

namespace cumulet::auth {

namespace {

using nlohmann::json;

// As Python prints it: overrides written for oslo.policy compare with "True", "None", "1".
std::string shown(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return "None";
    if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
    return value.dump();
}

std::string shown(bool value) { return value ? "True" : "False"; }

std::string shown_or_none(const std::string& value) { return value.empty() ? "None" : value; }

// The right side with "%(name)s" replaced from the target; nullopt when the target lacks one.
std::optional<std::string> fill(const std::string& pattern, const json& target) {
    std::string out;
    std::size_t at = 0;
    for (;;) {
        const auto start = pattern.find("%(", at);
        if (start == std::string::npos) break;
        const auto end = pattern.find(')', start);
        if (end == std::string::npos) break;
        const json* value = find_dotted(target, std::string_view(pattern).substr(start + 2, end - start - 2));
        if (!value) return std::nullopt;
        out.append(pattern, at, start - at);
        out += shown(*value);
        at = end + 1;
        if (at < pattern.size() && pattern[at] == 's') ++at;
    }
    out.append(pattern, at);
    return out;
}

// Whether any value under a dotted path into the token (lists are walked) equals `wanted`.
bool token_has(const json& at, std::string_view path, const std::string& wanted) {
    if (at.is_array())
        return std::any_of(at.begin(), at.end(), [&](const json& item) { return token_has(item, path, wanted); });
    if (path.empty()) return shown(at) == wanted;
    if (!at.is_object()) return false;
    const auto dot = path.find('.');
    auto found = at.find(std::string(path.substr(0, dot)));
    if (found == at.end()) return false;
    return token_has(*found, dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1), wanted);
}

bool actor_has(const Context& who, std::string_view attribute, const std::string& wanted) {
    if (attribute == "user_id") return shown_or_none(who.user_id) == wanted;
    if (attribute == "project_id" || attribute == "tenant_id" || attribute == "tenant")
        return shown_or_none(who.project_id) == wanted;
    if (attribute == "domain_id") return shown_or_none(who.domain_id) == wanted;
    if (attribute == "user_domain_id") return shown_or_none(who.user_domain_id) == wanted;
    if (attribute == "project_domain_id") return shown_or_none(who.project_domain_id) == wanted;
    if (attribute == "system_scope") return (who.system_scope ? "all" : "None") == wanted;
    if (attribute == "is_admin") return shown(who.is_admin()) == wanted || (who.is_admin() ? "1" : "0") == wanted;
    if (attribute == "is_admin_project") return shown(who.is_admin_project) == wanted;
    if (attribute == "trust_id") return shown_or_none(who.trust_id) == wanted;
    if (attribute == "user_name" || attribute == "username") return who.user_name == wanted;
    if (attribute == "project_name") return who.project_name == wanted;
    if (attribute.starts_with("token.")) attribute.remove_prefix(6);
    return token_has(who.token, attribute, wanted);
}

bool compare(const Check& check, const Context& who, const json& target) {
    const auto wanted = fill(check.right, target);
    if (!wanted) return false;
    if (check.left_is_literal) return check.left == *wanted;
    // A target whose attribute is empty or null belongs to nobody: an actor without that attribute must not match it.
    if (wanted->empty() || (*wanted == "None" && check.right.find("%(") != std::string::npos)) return false;
    return actor_has(who, check.left, *wanted);
}

}  // namespace

const json* find_dotted(const json& object, std::string_view name) {
    if (!object.is_object()) return nullptr;
    if (auto whole = object.find(name); whole != object.end()) return &*whole;
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return nullptr;
    auto inner = object.find(name.substr(0, dot));
    return inner == object.end() ? nullptr : find_dotted(*inner, name.substr(dot + 1));
}

bool evaluate(const Check& check, const Context& who, const json& target, const FindRule& find_rule) {
    auto each = [&](const std::unique_ptr<Check>& child) { return evaluate(*child, who, target, find_rule); };
    switch (check.kind) {
        case Check::Kind::always:
            return true;
        case Check::Kind::never:
            return false;
        case Check::Kind::all_of:
            return std::all_of(check.children.begin(), check.children.end(), each);
        case Check::Kind::any_of:
            return std::any_of(check.children.begin(), check.children.end(), each);
        case Check::Kind::negation:
            return !each(check.children.front());
        case Check::Kind::role: {
            const auto wanted = fill(check.right, target);
            return wanted && std::any_of(who.roles.begin(), who.roles.end(),
                                         [&](const std::string& role) { return text::iequals(role, *wanted); });
        }
        case Check::Kind::rule: {
            const Check* named = find_rule(check.right);
            return named && evaluate(*named, who, target, find_rule);
        }
        case Check::Kind::compare:
            return compare(check, who, target);
    }
    return false;
}

}  // namespace cumulet::auth

#include "common/auth/access_rules.hpp"

#include <algorithm>

namespace cumulet::auth {
namespace {

// What is left of the pattern behind its first wild part, and whether that part goes over slashes.
struct Wild {
    std::string_view rest;
    bool over_slashes = false;
};

Wild skip_wild(std::string_view pattern) {
    if (pattern.starts_with("**")) return {pattern.substr(2), true};
    if (pattern.front() == '*') return {pattern.substr(1)};
    const auto end = pattern.find('}');
    return {end == std::string_view::npos ? std::string_view() : pattern.substr(end + 1)};
}

constexpr std::size_t kMostWildParts = 32;

bool matches(std::string_view pattern, std::string_view path, std::size_t wild_parts) {
    const auto literal = std::min(pattern.find_first_of("*{"), pattern.size());
    if (path.substr(0, literal) != pattern.substr(0, literal)) return false;
    pattern.remove_prefix(literal);
    path.remove_prefix(literal);
    if (pattern.empty()) return path.empty();
    if (wild_parts == kMostWildParts) return false;
    const auto wild = skip_wild(pattern);
    const auto most = wild.over_slashes ? path.size() : std::min(path.find('/'), path.size());
    if (wild.rest.empty()) return most == path.size() && (wild.over_slashes || most > 0);
    for (std::size_t taken = wild.over_slashes ? 0 : 1; taken <= most; ++taken)
        if (matches(wild.rest, path.substr(taken), wild_parts + 1)) return true;
    return false;
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) { return matches(pattern, path, 0); }

bool permits(const Context& who, std::string_view service_type, std::string_view method, std::string_view path) {
    auto credential = who.token.find("application_credential");
    if (credential == who.token.end() || !credential->is_object()) return true;
    auto rules = credential->find("access_rules");
    if (rules == credential->end() || rules->is_null()) return true;
    // Whether a token is good may be asked in any case.
    if (service_type == "identity" && method == "GET" && path.ends_with("/v3/auth/tokens")) return true;
    if (service_type.empty() || !rules->is_array()) return false;
    return std::any_of(rules->begin(), rules->end(), [&](const nlohmann::json& rule) {
        return rule.value("service", "") == service_type && rule.value("method", "") == method &&
               path_matches(rule.value("path", ""), path);
    });
}

}  // namespace cumulet::auth

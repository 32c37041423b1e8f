#include "common/auth/access_rules.hpp"

#include <algorithm>
#include <vector>

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

// Where in the path a match of the pattern so far may end: one entry more than the path has bytes. All ways are
// followed at once, so that no pattern costs more than its length times the path's.
using Ends = std::vector<bool>;

Ends behind_literal(const Ends& before, std::string_view literal, std::string_view path) {
    Ends after(before.size());
    for (std::size_t at = 0; at + literal.size() <= path.size(); ++at)
        if (before[at] && path.substr(at, literal.size()) == literal) after[at + literal.size()] = true;
    return after;
}

Ends behind_wild(const Ends& before, bool over_slashes, std::string_view path) {
    Ends after(before.size());
    bool open = false;
    for (std::size_t at = 0; at < before.size(); ++at) {
        if (over_slashes) {
            open = open || before[at];
            after[at] = open;
        } else if (at > 0) {  // one byte at least, none of them a slash
            open = (open || before[at - 1]) && path[at - 1] != '/';
            after[at] = open;
        }
    }
    return after;
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) {
    const auto first = pattern.find_first_of("*{");
    if (first == std::string_view::npos) return pattern == path;
    if (path.substr(0, first) != pattern.substr(0, first)) return false;
    pattern.remove_prefix(first);
    path.remove_prefix(first);
    Ends ends(path.size() + 1);
    ends[0] = true;
    while (!pattern.empty()) {
        const auto wild = skip_wild(pattern);
        ends = behind_wild(ends, wild.over_slashes, path);
        const auto literal = std::min(wild.rest.find_first_of("*{"), wild.rest.size());
        if (literal > 0) ends = behind_literal(ends, wild.rest.substr(0, literal), path);
        pattern = wild.rest.substr(literal);
    }
    return ends[path.size()];
}

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

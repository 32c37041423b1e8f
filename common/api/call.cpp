#include "common/api/call.hpp"

#include "common/api/call_parts.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::api {

namespace {

// The first of a list that proxies append to.
std::string_view first_of(std::string_view list) { return text::trim(list.substr(0, list.find(','))); }

}  // namespace

const Endpoint& Call::endpoint() const { return *parts_.endpoint; }
const http::Request& Call::request() const { return *parts_.request; }

const std::string& Call::path(std::string_view name) const {
    for (const auto& [key, value] : parts_.path)
        if (key == name) return value;
    throw std::logic_error(fmt::format("{} has no path parameter {}", parts_.endpoint->path, name));
}

const std::vector<std::pair<std::string, std::string>>& Call::query_items() const {
    if (!parts_.query) parts_.query = http::parse_query(parts_.request->query);
    return *parts_.query;
}

std::optional<std::string> Call::query(std::string_view name) const {
    for (const auto& [key, value] : query_items())
        if (key == name) return value;
    return std::nullopt;
}

std::vector<std::string> Call::query_all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : query_items())
        if (key == name) values.push_back(value);
    return values;
}

std::optional<bool> Call::query_bool(std::string_view name) const {
    const auto value = query(name);
    if (!value) return std::nullopt;
    const std::string lower = text::to_lower(text::trim(*value));
    for (std::string_view yes : {"true", "1", "yes", "t", "y", "on"})
        if (lower == yes) return true;
    for (std::string_view no : {"false", "0", "no", "f", "n", "off"})
        if (lower == no) return false;
    throw Fault(Errc::bad_request, "Invalid value '{}' for query parameter {}: expected true or false.", *value, name);
}

std::optional<std::string_view> Call::header(std::string_view name) const { return parts_.request->headers.get(name); }
const nlohmann::json& Call::body() const { return parts_.body; }

const nlohmann::json& Call::action_body() const { return parts_.body.at(std::string(parts_.endpoint->action)); }

Version Call::version() const { return parts_.version; }

const auth::Context& Call::actor() const {
    if (!parts_.actor) throw Fault(Errc::unauthorized, "The request you have made requires authentication.");
    return *parts_.actor;
}

bool Call::has_actor() const { return parts_.actor != nullptr; }
const std::string& Call::request_id() const { return parts_.request_id; }
Timestamp Call::now() const { return parts_.now; }
Random& Call::random() const { return *parts_.random; }
const Modules& Call::modules() const { return *parts_.modules; }

bool Call::allowed(std::string_view rule, const nlohmann::json& target) const {
    if (rule == parts_.endpoint->policy.rule) parts_.rule_consulted = true;
    return parts_.policy && parts_.policy->allows(rule, actor(), target);
}

void Call::enforce(std::string_view rule, const nlohmann::json& target) const {
    if (!allowed(rule, target)) throw denied(rule);
}

Fault Call::denied(std::string_view rule) const {
    // Rules are named after their service, and Keystone has words of its own.
    if (rule.starts_with("identity:"))
        return Fault(Errc::forbidden, "You are not authorized to perform the requested action: {}.", rule);
    return Fault(Errc::forbidden, "Policy doesn't allow {} to be performed.", rule);
}

std::string Call::base_url() const {
    const auto& request = *parts_.request;
    std::string_view scheme = request.secure ? "https" : "http";
    if (auto forwarded = request.headers.get("X-Forwarded-Proto")) {
        if (text::iequals(first_of(*forwarded), "https")) scheme = "https";
        if (text::iequals(first_of(*forwarded), "http")) scheme = "http";
    }
    std::string_view host = "127.0.0.1";
    if (auto named = request.headers.get("Host"); named && !named->empty()) host = *named;
    if (auto forwarded = request.headers.get("X-Forwarded-Host"); forwarded && !forwarded->empty())
        host = first_of(*forwarded);
    return fmt::format("{}://{}", scheme, host);
}

}  // namespace cumulet::api

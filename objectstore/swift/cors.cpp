#include "objectstore/swift/cors.hpp"

#include <set>

#include "common/runtime/text.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Reply;

constexpr std::string_view kAccountMethods = "HEAD, GET, PUT, POST, OPTIONS, DELETE";
constexpr std::string_view kContainerMethods = "HEAD, GET, PUT, POST, OPTIONS, DELETE";
constexpr std::string_view kObjectMethods = "HEAD, GET, PUT, POST, OPTIONS, COPY, DELETE";

using Rules = std::map<std::string, std::string>;

std::optional<Rules> rules_of(const SwiftCall& call) {
    store::Transaction txn(call.module<Swift>().store, {});
    const auto container = txn.peek<Container>(call.path("account"), call.path("container"));
    if (!container) return std::nullopt;
    return container->metadata;
}

std::string rule(const Rules& rules, const char* name) {
    const auto found = rules.find(name);
    return found == rules.end() ? "" : std::string(text::trim(found->second));
}

bool is_allowed(const SwiftCall& call, const std::string& allowed, std::string_view origin) {
    for (const auto& everywhere : call.module<Swift>().settings.cors_allow_origin)
        if (everywhere == origin || everywhere == "*") return true;
    for (const auto each : text::split(allowed, ' '))
        if (const auto word = text::trim(each); !word.empty() && (word == "*" || word == origin)) return true;
    return false;
}

void add_vary(http::Headers& headers, std::string_view what) {
    const auto before = headers.value_or("Vary", "");
    headers.set("Vary", before.empty() ? std::string(what) : before + ", " + std::string(what));
}

void allow_origin(const std::string& allowed, std::string_view origin, http::Headers& headers) {
    headers.set("Access-Control-Allow-Origin", std::string(allowed == "*" ? "*" : origin));
    if (allowed != "*") add_vary(headers, "Origin");
}

std::string exposed(const Rules& rules, const http::Headers& headers) {
    std::set<std::string> names{
        "cache-control", "content-language", "content-type",          "expires", "last-modified", "pragma", "etag",
        "x-timestamp",   "x-trans-id",       "x-openstack-request-id"};
    for (const auto& [name, value] : headers) {
        const auto lower = text::to_lower(name);
        if (lower.starts_with("x-container-meta") || lower.starts_with("x-object-meta")) names.insert(lower);
    }
    for (const auto each : text::split(rule(rules, "Access-Control-Expose-Headers"), ' '))
        if (const auto word = text::trim(each); !word.empty()) names.insert(text::to_lower(word));
    return fmt::format("{}", fmt::join(names, ", "));
}

bool names_method(std::string_view methods, std::string_view method) {
    for (const auto each : text::split(methods, ','))
        if (text::trim(each) == method) return true;
    return false;
}

Reply options(std::string_view methods) {
    return Reply::text(200, "", "text/html; charset=UTF-8").header("Allow", std::string(methods));
}

Reply preflight(const SwiftCall& call, std::string_view methods) {
    Reply reply = options(methods);
    const auto origin = call.header("Origin");
    if (!origin) return reply;
    const auto rules = rules_of(call).value_or(Rules{});
    const auto allowed = rule(rules, "Access-Control-Allow-Origin");
    auto& response = reply.response();
    auto& headers = response.headers;
    if (!is_allowed(call, allowed, *origin) ||
        !names_method(methods, call.header("Access-Control-Request-Method").value_or(""))) {
        response.status = 401;
        return reply;
    }
    allow_origin(allowed, *origin, headers);
    if (const auto age = rule(rules, "Access-Control-Max-Age"); !age.empty())
        headers.set("Access-Control-Max-Age", age);
    headers.set("Access-Control-Allow-Methods", std::string(methods));
    if (const auto asked = call.header("Access-Control-Request-Headers"); asked && !asked->empty()) {
        headers.set("Access-Control-Allow-Headers", std::string(*asked));
        add_vary(headers, "Access-Control-Request-Headers");
    }
    return reply;
}

}  // namespace

void add_cors(const SwiftCall& call, http::Response& response) {
    const auto origin = call.header("Origin");
    if (!origin || call.endpoint().method == http::Method::options ||
        call.endpoint().path.find("{container}") == std::string_view::npos)
        return;
    const auto rules = rules_of(call);
    if (!rules) return;
    const auto allowed = rule(*rules, "Access-Control-Allow-Origin");
    if (!is_allowed(call, allowed, *origin)) return;
    response.headers.set("Access-Control-Expose-Headers", exposed(*rules, response.headers));
    allow_origin(allowed, *origin, response.headers);
}

http::Task<Reply> show_account_options(SwiftCall&) { co_return options(kAccountMethods); }
http::Task<Reply> show_container_options(SwiftCall& call) { co_return preflight(call, kContainerMethods); }
http::Task<Reply> show_object_options(SwiftCall& call) { co_return preflight(call, kObjectMethods); }

}  // namespace cumulet::objectstore::swift

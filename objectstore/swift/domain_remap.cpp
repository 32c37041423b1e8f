#include "objectstore/swift/domain_remap.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/swift/cname_lookup.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

constexpr std::string_view kHealth = "/healthcheck";  // balancers ask for it under any name

// Without its port.
std::string_view name_of(std::string_view host) {
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && host.find(']', colon) != std::string_view::npos) return host;
    return host.substr(0, colon);
}

// What stands before one of the domains; nullopt: the host is another.
std::optional<std::string_view> below_domain(const Settings& settings, std::string_view host) {
    for (const auto& domain : settings.storage_domains) {
        const std::string_view suffix = domain;
        if (host.size() <= suffix.size() + 1 || host[host.size() - suffix.size() - 1] != '.') continue;
        if (text::iequals(host.substr(host.size() - suffix.size()), suffix))
            return host.substr(0, host.size() - suffix.size() - 1);
    }
    return std::nullopt;
}

// "auth-test" is AUTH_test: names of hosts know neither underscores nor case. Empty: no account of ours.
std::string account_named(const Settings& settings, std::string_view name) {
    std::string account(name);
    const std::string& prefix = settings.account_prefix;
    if (prefix.empty()) return account;
    if (account.find('_') == std::string::npos)
        if (const auto dash = account.find('-'); dash != std::string::npos) account[dash] = '_';
    if (account.size() < prefix.size() || !text::iequals(account.substr(0, prefix.size()), prefix)) return "";
    return prefix + account.substr(prefix.size());
}

}  // namespace

runtime::WorkerPool* remaps_on(const http::Request& request, const api::Modules& modules) {
    const auto& swift = modules.get<Swift>();
    if (!swift.cnames || request.path == kHealth) return nullptr;
    const auto host = request.headers.get("Host");
    const bool waits = host && swift.cnames->would_ask(name_of(*host), swift.settings.storage_domains);
    return waits ? &swift.cnames->pool() : nullptr;
}

void remap_domain(http::Request& request, const api::Modules& modules) {
    const auto& swift = modules.get<Swift>();
    const auto& settings = swift.settings;
    if (settings.storage_domains.empty() || request.path == kHealth) return;
    const auto sent = request.headers.get("Host");
    if (!sent) return;
    std::string host(name_of(*sent));
    if (swift.cnames) host = swift.cnames->resolve(host, settings.storage_domains);
    const auto named = below_domain(settings, host);
    if (!named) return;
    auto parts = text::split(*named, '.');
    if (parts.size() > 2) throw api::Fault(api::Errc::bad_request, "Bad domain in host header");
    const auto account = account_named(settings, parts.back());
    if (account.empty()) return;
    std::string path = "/v1/" + text::percent_encode(account);
    if (parts.size() == 2) path += "/" + text::percent_encode(parts.front());
    path += request.path;
    request.path = std::move(path);
}

void shorten_location(const SwiftCall& call, http::Headers& headers) {
    if (call.module<Swift>().settings.storage_domains.empty()) return;
    const auto location = headers.get("Location");
    const auto& request = call.request();
    std::string_view sent = request.target;
    sent = sent.substr(0, sent.find('?'));
    std::string_view added = request.path;
    if (!location || sent == added) return;
    if (added.ends_with(sent)) added.remove_suffix(sent.size());
    std::string shorter(*location);
    const auto base = call.base_url();
    const auto at = shorter.starts_with(base) ? base.size() : 0;
    if (shorter.compare(at, added.size(), added) != 0) return;
    headers.set("Location", std::move(shorter.erase(at, added.size())));
}

}  // namespace cumulet::objectstore::swift

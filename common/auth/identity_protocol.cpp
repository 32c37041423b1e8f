#include "common/auth/identity_protocol.hpp"

#include <algorithm>
#include <stdexcept>

#include "common/runtime/text.hpp"

namespace cumulet::auth {

namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name) {
    auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Revocation revocation_of(const json& event) {
    Revocation revocation;
    revocation.audit_id = text_of(event, "audit_id");
    revocation.audit_chain_id = text_of(event, "audit_chain_id");
    revocation.user_id = text_of(event, "user_id");
    revocation.project_id = text_of(event, "project_id");
    revocation.domain_id = text_of(event, "domain_id");
    revocation.role_id = text_of(event, "role_id");
    revocation.trust_id = text_of(event, "OS-TRUST:trust_id");
    revocation.issued_before = parse_iso(text_of(event, "issued_before"));
    return revocation;
}

bool says_nothing(const Revocation& revocation) {
    return revocation.audit_id.empty() && revocation.audit_chain_id.empty() && revocation.user_id.empty() &&
           revocation.project_id.empty() && revocation.domain_id.empty() && revocation.trust_id.empty() &&
           revocation.role_id.empty();
}

}  // namespace

http::ClientRequest login_request(const RemoteOptions& options) {
    const json body{
        {"auth",
         {{"identity",
           {{"methods", {"password"}},
            {"password",
             {{"user",
               {{"name", options.username},
                {"password", options.password},
                {"domain", {{"name", options.user_domain}}}}}}}}},
          {"scope", {{"project", {{"name", options.project_name}, {"domain", {{"name", options.project_domain}}}}}}}}}};
    http::ClientRequest request{.method = http::Method::post, .url = options.identity_url + "/auth/tokens?nocatalog"};
    request.headers.set("Content-Type", "application/json");
    request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    return request;
}

ServiceToken read_login(const http::ClientResponse& response, Timestamp now) {
    if (response.status != 201 && response.status != 200)
        throw std::runtime_error("logging in to the identity service answered " + std::to_string(response.status));
    ServiceToken token{.text = response.headers.value_or("X-Subject-Token", "")};
    const json document = json::parse(response.body);
    const auto expires = parse_iso(text_of(document.at("token"), "expires_at"));
    if (token.text.empty() || !expires)
        throw std::runtime_error("the identity service answered a log-in without a token");
    token.renew_at =
        *expires - std::max<Duration>(std::min<Duration>((*expires - now) / 5, std::chrono::minutes(5)), Duration{0});
    return token;
}

http::ClientRequest validation_request(const RemoteOptions& options, const std::string& service_token,
                                       const std::string& token) {
    http::ClientRequest request{.url = options.identity_url + "/auth/tokens?nocatalog"};
    request.headers.set("X-Auth-Token", service_token);
    request.headers.set("X-Subject-Token", token);
    request.headers.set("Accept", "application/json");
    // Says that we hold tokens to their access rules; an identity service hides those that have some from who does not.
    request.headers.set("OpenStack-Identity-Access-Rules", "1.0");
    return request;
}

http::ClientRequest events_request(const RemoteOptions& options, const std::string& service_token, Timestamp since) {
    http::ClientRequest request{.url = options.identity_url +
                                       "/OS-REVOKE/events?since=" + text::percent_encode(to_iso_micros(since))};
    request.headers.set("X-Auth-Token", service_token);
    return request;
}

std::vector<Revocation> read_events(const std::string& body) {
    std::vector<Revocation> events;
    const json document = json::parse(body);
    if (!document.is_object() || !document.contains("events")) throw std::runtime_error("no list of revocation events");
    for (const auto& event : document["events"])
        if (event.is_object()) events.push_back(revocation_of(event));
    return events;
}

std::optional<Revocation> read_hint(std::string_view payload) {
    const json event = json::parse(payload, nullptr, false);
    if (!event.is_object()) return std::nullopt;
    auto revocation = revocation_of(event);
    if (says_nothing(revocation)) return std::nullopt;
    return revocation;
}

bool is_sendable(const std::string& token) {
    return !token.empty() && token.size() <= 8192 &&
           std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace cumulet::auth

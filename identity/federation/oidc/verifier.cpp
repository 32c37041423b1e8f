#include "identity/federation/oidc/verifier.hpp"

#include "common/http/url.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "identity/federation/oidc/token.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation::oidc {
namespace {

using nlohmann::json;

constexpr auto kDiscoveryKept = std::chrono::hours(1);
constexpr auto kPause = std::chrono::seconds(10);

api::Fault no_answer(const std::string& why) {
    return api::Fault(api::Errc::unavailable, "The identity provider does not answer.").detail(why);
}

}  // namespace

Verifier::Verifier(Provider provider, Fetch fetch, const Clock& clock)
    : provider_(std::move(provider)), fetch_(fetch), clock_(clock), keys_(std::move(fetch), clock) {}

json Verifier::discovered() {
    std::lock_guard lock(mutex_);
    const auto now = clock_.now();
    if (!discovery_.is_null() && now - discovered_at_ < kDiscoveryKept) return discovery_;
    if (now - tried_at_ < kPause) {
        if (discovery_.is_null()) throw no_answer("it did not a moment ago");
        return discovery_;
    }
    tried_at_ = now;
    std::string url = provider_.issuer;
    while (url.ends_with('/')) url.pop_back();
    try {
        const auto answer = fetch_(
            {.method = http::Method::get, .url = url + "/.well-known/openid-configuration", .headers = {}, .body = ""});
        auto document = json::parse(answer.body, nullptr, false);
        if (answer.status != 200 || !document.is_object())
            throw http::ClientError(fmt::format("the discovery document was answered {}", answer.status));
        if (document.value("issuer", json()) != provider_.issuer)
            throw http::ClientError("the discovery document is another issuer's");
        discovery_ = std::move(document);
        discovered_at_ = now;
    } catch (const http::ClientError& error) {
        log::warning("identity provider {}: {}", provider_.identity_provider, error.what());
        if (discovery_.is_null()) throw no_answer(error.what());
    }
    return discovery_;
}

std::string Verifier::endpoint(const char* name) {
    const std::pair<const char*, const std::string*> configured[] = {
        {"jwks_uri", &provider_.jwks_uri},
        {"introspection_endpoint", &provider_.introspection_endpoint},
        {"authorization_endpoint", &provider_.authorization_endpoint},
        {"token_endpoint", &provider_.token_endpoint}};
    for (const auto& [key, value] : configured)
        if (std::string_view(key) == name && !value->empty()) return *value;
    const auto found = discovered().value(name, json());
    if (!found.is_string() || !http::parse_url(found.get<std::string>()))
        throw no_answer(std::string("it does not say its ") + name);
    return found.get<std::string>();
}

json Verifier::ask(const std::string& url, const std::string& form) {
    http::ClientRequest request{.method = http::Method::post, .url = url, .headers = {}, .body = form};
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.headers.set("Accept", "application/json");
    request.headers.set("Authorization", "Basic " + text::to_base64(text::percent_encode(provider_.client_id) + ":" +
                                                                    text::percent_encode(provider_.client_secret)));
    http::ClientResponse answer;
    try {
        answer = fetch_(std::move(request));
    } catch (const http::ClientError& error) {
        throw no_answer(error.what());
    }
    auto document = json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !document.is_object())
        throw unauthorized(fmt::format("the identity provider answered {}", answer.status));
    return document;
}

json Verifier::signed_claims(std::string_view token) {
    return verified_claims(token, provider_.algorithms,
                           [this](const std::string& key_id) { return keys_.find(endpoint("jwks_uri"), key_id); });
}

json Verifier::introspect(std::string_view token) {
    if (token.empty() || token.size() > kLongestToken) throw unauthorized("a bearer token that is empty or too long");
    auto claims =
        ask(endpoint("introspection_endpoint"), "token_type_hint=access_token&token=" + text::percent_encode(token));
    if (claims.value("active", json()) != true) throw unauthorized("a token that its issuer does not call active");
    if (!claims.contains("iss")) claims["iss"] = provider_.issuer;
    return claims;
}

json Verifier::check_bearer(std::string_view token) {
    auto claims = provider_.opaque_tokens ? introspect(token) : signed_claims(token);
    check_claims(claims, provider_.issuer,
                 provider_.audiences.empty() ? std::vector{provider_.client_id} : provider_.audiences, clock_.now());
    return claims;
}

json Verifier::check_id_token(std::string_view token, const std::string& nonce) {
    auto claims = signed_claims(token);
    check_claims(claims, provider_.issuer, {provider_.client_id}, clock_.now());
    const auto said = claims.find("nonce");
    if (said == claims.end() || !said->is_string() ||
        !text::equal_in_constant_time(said->get_ref<const std::string&>(), nonce))
        throw unauthorized("an id token for another log-in");
    const auto party = claims.find("azp");
    if (party != claims.end() && *party != provider_.client_id) throw unauthorized("an id token for another client");
    return claims;
}

}  // namespace cumulet::identity::federation::oidc

#include "identity/federation/gate/gate.hpp"

#include "common/runtime/text.hpp"
#include "identity/federation/oidc/claims.hpp"
#include "identity/federation/saml/consumer.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation {
namespace {

constexpr std::string_view kBearer = "Bearer ";

// A SAML response as an enhanced client posts it, or a browser's form.
std::string response_in(const http::Request& request, const std::string& body) {
    const auto type = request.headers.get("Content-Type").value_or("");
    if (!type.starts_with("application/x-www-form-urlencoded")) return body;
    for (const auto& [name, value] : http::parse_query(body))
        if (name == "SAMLResponse") return text::from_base64(value).value_or("");
    throw unauthorized("no SAML response came along");
}

std::string_view bearer_of(const http::Request& request) {
    const auto value = request.headers.get("Authorization").value_or("");
    if (value.size() <= kBearer.size() || !text::iequals(value.substr(0, kBearer.size()), kBearer))
        throw unauthorized("no bearer token came along");
    return text::trim(value.substr(kBearer.size()));
}

// The one of that provider and protocol; with an empty `idp_id` the only one with that protocol. Null: none.
template <class Each, class About>
const Each* only_one(const std::vector<Each>& all, std::string_view idp_id, std::string_view protocol_id,
                     About&& about) {
    const Each* found = nullptr;
    for (const auto& each : all) {
        if (about(each)->protocol != protocol_id) continue;
        if (about(each)->identity_provider == idp_id) return &each;
        if (!idp_id.empty()) continue;
        if (found) return nullptr;
        found = &each;
    }
    return found;
}

}  // namespace

MakeFetch fetch_over(http::Io& io) {
    return [&io](const std::string& ca_file) {
        http::ClientOptions options;
        options.ca_file = ca_file;
        options.connect_timeout_ms = std::chrono::seconds(3);
        options.read_timeout_ms = std::chrono::seconds(10);
        options.max_response_bytes = 4u << 20;
        auto client = std::make_shared<http::Client>(io, options);
        return [client](http::ClientRequest request) { return client->fetch(std::move(request)); };
    };
}

Gate::Gate(GateOptions options, const MakeFetch& make_fetch, const Clock& clock)
    : clock_(clock), proxies_(options.trusted_proxies, options.assertion_prefix), saml_(std::move(options.file.saml)) {
    for (auto& provider : options.file.oidc) {
        auto fetch = make_fetch(provider.ca_file);
        issuers_.push_back(std::make_unique<oidc::Verifier>(std::move(provider), std::move(fetch), clock));
    }
}

oidc::Verifier* Gate::issuer(std::string_view idp_id, std::string_view protocol_id) {
    const auto* found = only_one(issuers_, idp_id, protocol_id, [](const auto& each) { return &each->provider(); });
    return found ? found->get() : nullptr;
}

const saml::TrustedIssuer* Gate::sign_on(std::string_view idp_id, std::string_view protocol_id) const {
    const auto* found = only_one(saml_.trusted, idp_id, protocol_id, [](const auto& each) { return &each; });
    return found && !found->sign_on_url.empty() ? found : nullptr;
}

Proof Gate::prove(const http::Request& request, const std::string& body, const Destination& to) {
    // Where we check tokens and assertions ourselves nobody else's word counts.
    if (auto* own = issuer(to.idp_id, to.protocol_id))
        return {.assertion = oidc::assertion_of_claims(own->check_bearer(bearer_of(request))), .once_id = ""};
    for (const auto& each : saml_.trusted) {
        if (each.identity_provider != to.idp_id || each.protocol != to.protocol_id) continue;
        auto consumed = saml::consume(response_in(request, body), each, to.url, clock_.now());
        return {.assertion = std::move(consumed.attributes),
                .once_id = std::move(consumed.assertion_id),
                .once_until = consumed.until};
    }
    if (auto assertion = by_proxy(request)) return {.assertion = std::move(*assertion), .once_id = ""};
    throw unauthorized("nobody whom this service trusts says who this user is");
}

}  // namespace cumulet::identity::federation

#include "identity/federation/oidc/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/http/url.hpp"

namespace cumulet::identity::federation::oidc {
namespace {

using nlohmann::json;

// Signatures by public keys only: a key that both sides share would let everybody who checks make tokens too.
constexpr std::string_view kSignatures[] = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                            "PS512", "ES256", "ES384", "ES512"};

void require_safe(const std::string& name, const std::string& text) {
    const auto url = http::parse_url(text);
    if (!url) throw std::runtime_error(fmt::format("{} is no http or https URL: '{}'", name, text));
    const bool here = url->host == "localhost" || url->host == "::1" || url->host.starts_with("127.");
    if (!url->secure && !here) throw std::runtime_error(fmt::format("{} must be https: '{}'", name, text));
}

}  // namespace

Provider read_provider(const json& document) {
    if (!document.is_object()) throw std::runtime_error("an OpenID Connect provider must be an object");
    Provider provider;
    const std::pair<const char*, std::string*> texts[] = {{"identity_provider", &provider.identity_provider},
                                                          {"protocol", &provider.protocol},
                                                          {"issuer", &provider.issuer},
                                                          {"jwks_uri", &provider.jwks_uri},
                                                          {"introspection_endpoint", &provider.introspection_endpoint},
                                                          {"authorization_endpoint", &provider.authorization_endpoint},
                                                          {"token_endpoint", &provider.token_endpoint},
                                                          {"client_id", &provider.client_id},
                                                          {"client_secret", &provider.client_secret},
                                                          {"scope", &provider.scope},
                                                          {"ca_file", &provider.ca_file}};
    for (const auto& [name, value] : document.items()) {
        const auto* text = std::find_if(std::begin(texts), std::end(texts),
                                        [&name = name](const auto& each) { return name == each.first; });
        try {
            if (text != std::end(texts))
                *text->second = value.get<std::string>();
            else if (name == "audiences")
                provider.audiences = value.get<std::vector<std::string>>();
            else if (name == "algorithms")
                provider.algorithms = value.get<std::vector<std::string>>();
            else if (name == "opaque_tokens")
                provider.opaque_tokens = value.get<bool>();
            else
                throw std::runtime_error("unknown member '" + name + "' of an OpenID Connect provider");
        } catch (const json::exception&) {
            throw std::runtime_error("'" + name + "' of an OpenID Connect provider has the wrong type");
        }
    }
    for (const auto* name : {"identity_provider", "protocol", "issuer"})
        if (!document.contains(name))
            throw std::runtime_error(fmt::format("an OpenID Connect provider lacks '{}'", name));
    if (provider.audiences.empty() && provider.client_id.empty())
        throw std::runtime_error("an OpenID Connect provider needs 'audiences' or 'client_id'");
    for (const auto& name : provider.algorithms)
        if (std::find(std::begin(kSignatures), std::end(kSignatures), name) == std::end(kSignatures))
            throw std::runtime_error("'" + name + "' is no signature by a public key");
    if (provider.algorithms.empty()) throw std::runtime_error("an OpenID Connect provider allows no algorithm");
    require_safe("issuer", provider.issuer);
    for (const auto& [name, text] : texts)
        if ((std::string_view(name).ends_with("_endpoint") || std::string_view(name) == "jwks_uri") && !text->empty())
            require_safe(name, *text);
    if (provider.opaque_tokens && provider.client_id.empty())
        throw std::runtime_error("opaque tokens need a 'client_id' to ask with");
    return provider;
}

}  // namespace cumulet::identity::federation::oidc

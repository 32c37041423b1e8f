#include "identity/federation/oidc/token.hpp"

#include <cjose/cjose.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/api/json_body.hpp"
#include "common/runtime/text.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation::oidc {
namespace {

using nlohmann::json;

struct Release {
    void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
    void operator()(cjose_jwk_t* jwk) const { cjose_jwk_release(jwk); }
};

constexpr auto kSkew = std::chrono::seconds(60);

// Which kind of key an algorithm is for.
const char* key_type_of(std::string_view algorithm) { return algorithm.starts_with("ES") ? "EC" : "RSA"; }

// cjose 0.6 ends the process where padding stands in the wrong place, so nothing else than this is given to it.
bool is_base64url(std::string_view text) {
    return text.size() % 4 != 1 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_';
           });
}

bool is_compact_jws(std::string_view token) {
    const auto parts = text::split(token, '.');
    return parts.size() == 3 && std::all_of(parts.begin(), parts.end(), is_base64url);
}

bool has_broken_number(const json& key) {
    const auto is_broken = [&](const char* name) {
        return key.contains(name) && !(key[name].is_string() && is_base64url(key[name].get_ref<const std::string&>()));
    };
    constexpr const char* kNumbers[] = {"n", "e", "x", "y", "d", "p", "q", "dp", "dq", "qi", "k"};
    return std::any_of(std::begin(kNumbers), std::end(kNumbers), is_broken);
}

// A key may name what it is for; it must be that.
bool fits(const json& key, const std::string& algorithm) {
    if (!key.is_object() || key.value("kty", json()) != key_type_of(algorithm) || has_broken_number(key)) return false;
    if (key.contains("use") && key["use"] != "sig") return false;
    if (key.contains("alg") && key["alg"] != algorithm) return false;
    if (key_type_of(algorithm) == std::string_view("EC")) {
        const std::string_view curve = algorithm == "ES256" ? "P-256" : algorithm == "ES384" ? "P-384" : "P-521";
        return key.value("crv", json()) == curve;
    }
    return true;
}

std::string header_text(cjose_header_t* header, const char* name) {
    cjose_err error{};
    const char* value = cjose_header_get(header, name, &error);
    return value ? value : "";
}

json parse_claims(const std::string& text) {
    try {
        auto claims = api::parse_json_body(text);
        if (claims.is_object()) return claims;
    } catch (const api::Fault&) {
    }
    throw unauthorized("a token whose claims are no object");
}

std::optional<double> time_of(const json& claims, const char* name) {
    auto found = claims.find(name);
    if (found == claims.end()) return std::nullopt;
    if (!found->is_number()) throw unauthorized(std::string("the claim ") + name + " is no time");
    return found->get<double>();
}

bool names_audience(const json& claim, const std::vector<std::string>& audiences) {
    auto known = [&](const json& one) {
        return one.is_string() &&
               std::find(audiences.begin(), audiences.end(), one.get_ref<const std::string&>()) != audiences.end();
    };
    if (claim.is_array()) return std::any_of(claim.begin(), claim.end(), known);
    return known(claim);
}

}  // namespace

json verified_claims(std::string_view token, const std::vector<std::string>& algorithms, const FindKeys& find_keys) {
    if (token.empty() || token.size() > kLongestToken) throw unauthorized("a bearer token that is empty or too long");
    if (!is_compact_jws(token)) throw unauthorized("a bearer token that is no signed one");
    cjose_err error{};
    const std::unique_ptr<cjose_jws_t, Release> jws(cjose_jws_import(token.data(), token.size(), &error));
    if (!jws) throw unauthorized("a bearer token that is no signed one");
    auto* header = cjose_jws_get_protected(jws.get());
    const auto algorithm = header_text(header, CJOSE_HDR_ALG);
    if (std::find(algorithms.begin(), algorithms.end(), algorithm) == algorithms.end())
        throw unauthorized("a token signed by '" + algorithm + "', which is not allowed");
    // What must be understood and is not.
    if (char* critical = cjose_header_get_raw(header, "crit", &error)) {
        free(critical);
        throw unauthorized("a token with critical headers");
    }
    for (const auto& text : find_keys(header_text(header, CJOSE_HDR_KID))) {
        if (!fits(json::parse(text, nullptr, false), algorithm)) continue;
        const std::unique_ptr<cjose_jwk_t, Release> key(cjose_jwk_import(text.data(), text.size(), &error));
        if (!key || !cjose_jws_verify(jws.get(), key.get(), &error)) continue;
        std::uint8_t* bytes = nullptr;
        std::size_t size = 0;
        if (!cjose_jws_get_plaintext(jws.get(), &bytes, &size, &error)) break;
        return parse_claims(std::string(reinterpret_cast<const char*>(bytes), size));
    }
    throw unauthorized("a token that no key of its issuer signed");
}

void check_claims(const json& claims, const std::string& issuer, const std::vector<std::string>& audiences,
                  Timestamp now) {
    if (claims.value("iss", json()) != issuer) throw unauthorized("a token of another issuer");
    if (!names_audience(claims.value("aud", json()), audiences)) throw unauthorized("a token for another audience");
    const double at = std::chrono::duration<double>(now.time_since_epoch()).count();
    const double skew = std::chrono::duration<double>(kSkew).count();
    const auto ends = time_of(claims, "exp");
    if (!ends || *ends + skew <= at) throw unauthorized("a token that has expired, or never does");
    for (const char* name : {"nbf", "iat"})
        if (auto begins = time_of(claims, name); begins && *begins - skew > at)
            throw unauthorized("a token that is not valid yet");
}

}  // namespace cumulet::identity::federation::oidc

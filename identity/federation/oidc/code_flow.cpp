#include "identity/federation/oidc/code_flow.hpp"

#include <openssl/sha.h>

#include "common/runtime/text.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation::oidc {
namespace {

using nlohmann::json;

constexpr auto kLongestAbsence = std::chrono::minutes(10);
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLongestState = 8192;

std::string sha256(std::string_view text) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    return {reinterpret_cast<const char*>(digest), sizeof digest};
}

}  // namespace

Departure depart(Verifier& verifier, const Sealer& sealer, Random& random, Timestamp now, const std::string& origin,
                 const std::string& redirect_uri) {
    const auto& provider = verifier.provider();
    if (provider.client_id.empty()) throw unauthorized("no client_id is configured for this provider");
    const auto cookie = random.token(kSecretBytes), nonce = random.token(kSecretBytes),
               code_verifier = random.token(kSecretBytes);
    const json state{{"idp", provider.identity_provider},
                     {"protocol", provider.protocol},
                     {"origin", origin},
                     {"redirect", redirect_uri},
                     {"nonce", nonce},
                     {"verifier", code_verifier},
                     {"cookie", text::to_hex(sha256(cookie))},
                     {"until", (now + kLongestAbsence).time_since_epoch().count()}};
    std::string location = verifier.endpoint("authorization_endpoint");
    char separator = location.find('?') == std::string::npos ? '?' : '&';
    const std::pair<const char*, std::string> parameters[] = {
        {"response_type", "code"},
        {"client_id", provider.client_id},
        {"redirect_uri", redirect_uri},
        {"scope", provider.scope},
        {"state", sealer.seal(state.dump())},
        {"nonce", nonce},
        {"code_challenge", text::to_base64_url(sha256(code_verifier))},
        {"code_challenge_method", "S256"}};
    for (const auto& [name, value] : parameters) {
        location += separator;
        location += name;
        location += '=' + text::percent_encode(value);
        separator = '&';
    }
    return {.location = std::move(location), .cookie = cookie};
}

Return open_state(const Sealer& sealer, std::string_view state, std::string_view cookie, Timestamp now) {
    if (state.empty() || state.size() > kLongestState) throw unauthorized("no state came back");
    const auto opened = json::parse(sealer.open(state), nullptr, false);
    if (!opened.is_object() || !opened.contains("until")) throw unauthorized("a state that is none of ours");
    if (opened["until"].get<std::int64_t>() <= now.time_since_epoch().count())
        throw unauthorized("the browser was away for too long");
    if (!text::equal_in_constant_time(opened["cookie"].get<std::string>(), text::to_hex(sha256(cookie))))
        throw unauthorized("the log-in was begun by another browser");
    return {.identity_provider = opened["idp"],
            .protocol = opened["protocol"],
            .origin = opened["origin"],
            .redirect_uri = opened["redirect"],
            .nonce = opened["nonce"],
            .code_verifier = opened["verifier"]};
}

json redeem(Verifier& verifier, const Return& back, std::string_view code) {
    if (code.empty()) throw unauthorized("the identity provider sent no code");
    const auto answer = verifier.ask(verifier.endpoint("token_endpoint"),
                                     "grant_type=authorization_code&code=" + text::percent_encode(code) +
                                         "&redirect_uri=" + text::percent_encode(back.redirect_uri) +
                                         "&code_verifier=" + back.code_verifier);
    const auto token = answer.value("id_token", json());
    if (!token.is_string()) throw unauthorized("the identity provider gave no id token");
    return verifier.check_id_token(token.get_ref<const std::string&>(), back.nonce);
}

}  // namespace cumulet::identity::federation::oidc

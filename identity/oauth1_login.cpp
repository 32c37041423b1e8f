#include "identity/oauth1_login.hpp"

#include <charconv>

#include "common/runtime/text.hpp"
#include "identity/authentication.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/oauth1_rules.hpp"
#include "identity/oauth1_signature.hpp"

namespace cumulet::identity {
namespace {

constexpr auto kMostSkew = std::chrono::minutes(10);

void check_time(const api::Call& call, const std::string& text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > 253'402'300'799)
        throw unauthorized("oauth_timestamp is no time");
    const auto made = Timestamp{std::chrono::seconds(seconds)};
    if (made + kMostSkew < call.now() || made > call.now() + kMostSkew)
        throw unauthorized("the OAuth signature is too old, or the clocks differ");
}

}  // namespace

OauthParameters oauth_parameters(const api::Call& call) {
    auto header = call.header("Authorization");
    auto parameters = header ? parse_oauth_header(*header) : std::nullopt;
    if (!parameters)
        throw api::Fault(api::Errc::bad_request,
                         "Error parsing the Authorization header: expected OAuth parameters (RFC 5849).");
    return std::move(*parameters);
}

const std::string& oauth_parameter(const OauthParameters& parameters, const char* name) {
    auto found = parameters.find(name);
    if (found == parameters.end() || found->second.empty()) throw expecting(name, "request");
    return found->second;
}

void check_oauth_signature(const api::Call& call, const OauthParameters& parameters, const OauthConsumer& consumer,
                           std::string_view sealed_token_secret) {
    if (oauth_parameter(parameters, "oauth_signature_method") != "HMAC-SHA1")
        throw unauthorized("an OAuth signature method other than HMAC-SHA1");
    if (auto version = parameters.find("oauth_version"); version != parameters.end() && version->second != "1.0")
        throw unauthorized("an OAuth version other than 1.0");
    oauth_parameter(parameters, "oauth_nonce");
    check_time(call, oauth_parameter(parameters, "oauth_timestamp"));
    const auto& vault = call.module<Identity>().vault;
    const OauthMessage message{.method = call.request().method_text,
                               .url = call.base_url() + call.request().path,
                               .query = call.query_items(),
                               .parameters = parameters};
    const auto expected = oauth_signature(message, vault.open(consumer.sealed_secret),
                                          sealed_token_secret.empty() ? "" : vault.open(sealed_token_secret));
    if (!text::equal_in_constant_time(expected, oauth_parameter(parameters, "oauth_signature")))
        throw unauthorized("the OAuth signature does not fit");
}

OauthAccess oauth_login(const api::Call& call, store::Transaction& txn) {
    const auto parameters = oauth_parameters(call);
    auto access = require_oauth_access(txn, oauth_parameter(parameters, "oauth_token"));
    if (access.expires_at && *access.expires_at < txn.now())
        throw api::Fault(api::Errc::unauthorized, "Access token is expired");
    if (oauth_parameter(parameters, "oauth_consumer_key") != access.consumer_id)
        throw unauthorized("the OAuth access token is another consumer's");
    check_oauth_signature(call, parameters, require_consumer(txn, access.consumer_id), access.sealed_secret);
    return access;
}

}  // namespace cumulet::identity

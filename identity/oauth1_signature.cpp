#include "identity/oauth1_signature.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"
#include "identity/hmac.hpp"

namespace cumulet::identity {
namespace {

// Lower case, and without the port that the scheme has anyway.
std::string normal_url(std::string_view url) {
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::string(url);
    const auto path = std::min(url.find('/', scheme_end + 3), url.size());
    const std::string scheme = text::to_lower(url.substr(0, scheme_end));
    std::string host = text::to_lower(url.substr(scheme_end + 3, path - scheme_end - 3));
    const std::string_view idle_port = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(idle_port)) host.resize(host.size() - idle_port.size());
    return scheme + "://" + host + std::string(path < url.size() ? url.substr(path) : "/");
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_oauth_header(std::string_view header) {
    constexpr std::string_view kScheme = "oauth ";
    if (header.size() < kScheme.size() || !text::iequals(header.substr(0, kScheme.size()), kScheme))
        return std::nullopt;
    std::map<std::string, std::string> parameters;
    for (auto item : text::split(header.substr(kScheme.size()), ',')) {
        item = text::trim(item);
        const auto mark = item.find('=');
        if (mark == std::string_view::npos) return std::nullopt;
        auto value = text::trim(item.substr(mark + 1));
        if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
        auto name = text::percent_decode(text::trim(item.substr(0, mark)));
        auto decoded = text::percent_decode(value.substr(1, value.size() - 2));
        if (!name || !decoded || !parameters.emplace(std::move(*name), std::move(*decoded)).second) return std::nullopt;
    }
    return parameters;
}

std::string oauth_signature(const OauthMessage& message, std::string_view consumer_secret,
                            std::string_view token_secret) {
    std::vector<std::pair<std::string, std::string>> pairs;
    auto take = [&](const std::string& name, const std::string& value) {
        if (name != "realm" && name != "oauth_signature")
            pairs.emplace_back(text::percent_encode(name), text::percent_encode(value));
    };
    for (const auto& [name, value] : message.parameters) take(name, value);
    for (const auto& [name, value] : message.query) take(name, value);
    std::sort(pairs.begin(), pairs.end());
    std::string parameters;
    for (const auto& [name, value] : pairs) parameters += (parameters.empty() ? "" : "&") + name + '=' + value;
    const std::string base =
        message.method + '&' + text::percent_encode(normal_url(message.url)) + '&' + text::percent_encode(parameters);
    const std::string key = text::percent_encode(consumer_secret) + '&' + text::percent_encode(token_secret);
    return text::to_base64(hmac_sha1(key, base));
}

}  // namespace cumulet::identity

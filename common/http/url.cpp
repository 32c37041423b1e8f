#include "common/http/url.hpp"

#include <algorithm>
#include <charconv>

#include "common/runtime/text.hpp"

namespace cumulet::http {

namespace {

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c != 0x7f; });
}

// "host", "host:port", "[address]:port"
bool split_authority(std::string_view authority, Url& url) {
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return false;
        url.host = authority.substr(1, end - 1);
        port = authority.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return false;
    } else {
        const auto colon = authority.find(':');
        url.host = authority.substr(0, colon);
        if (colon != std::string_view::npos) port = authority.substr(colon);
    }
    if (url.host.empty()) return false;
    if (port.size() <= 1) return true;
    port.remove_prefix(1);
    const auto result = std::from_chars(port.data(), port.data() + port.size(), url.port);
    return result.ec == std::errc{} && result.ptr == port.data() + port.size() && url.port > 0;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
    Url url;
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos || !is_plain(text)) return std::nullopt;
    const auto scheme = text.substr(0, scheme_end);
    url.secure = text::iequals(scheme, "https");
    if (!url.secure && !text::iequals(scheme, "http")) return std::nullopt;
    url.port = url.secure ? 443 : 80;
    text = text.substr(scheme_end + 3);
    text = text.substr(0, text.find('#'));
    const auto path = std::min(text.find_first_of("/?"), text.size());
    url.authority = text.substr(0, path);
    if (url.authority.find('@') != std::string::npos || !split_authority(url.authority, url)) return std::nullopt;
    url.target = text.substr(path);
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    return url;
}

}  // namespace cumulet::http

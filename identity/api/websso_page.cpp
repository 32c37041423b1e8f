#include "identity/api/websso_page.hpp"

#include "common/runtime/markup.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::identity::websso {
namespace {

// Names of hosts are compared without case.
std::string with_lower_host(std::string url) {
    const auto begin = url.find("://");
    if (begin == std::string::npos) return url;
    const auto end = std::min(url.find('/', begin + 3), url.size());
    return text::to_lower(url.substr(0, end)) + url.substr(end);
}

}  // namespace

std::string trusted_origin(const Call& call) {
    const auto origin = call.query("origin");
    if (!origin || origin->empty()) throw Fault(Errc::bad_request, "Request must have an origin query parameter");
    for (const auto& trusted : identity_of(call).settings.trusted_dashboards)
        if (with_lower_host(trusted) == with_lower_host(*origin)) return *origin;
    throw unauthorized("'" + *origin + "' is not a trusted dashboard");
}

Reply page(const std::string& origin, const std::string& token) {
    auto text = fmt::format(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Signing in</title></head>\n"
        "<body onload=\"document.forms.sso.submit()\">\n<form id=\"sso\" name=\"sso\" action=\"{}\" method=\"post\">\n"
        "<input type=\"hidden\" name=\"token\" id=\"token\" value=\"{}\"/>\n"
        "<noscript><input type=\"submit\" value=\"Continue\"/></noscript>\n</form></body></html>\n",
        text::escape_attribute(origin), text::escape_attribute(token));
    return Reply::text(200, std::move(text), "text/html; charset=utf-8")
        .header("Cache-Control", "no-store")
        .header("X-Frame-Options", "DENY")
        .header("Referrer-Policy", "no-referrer");
}

std::string cookie_of(const Call& call, std::string_view name) {
    for (const auto part : text::split(call.header("Cookie").value_or(""), ';')) {
        const auto trimmed = text::trim(part);
        const auto equals = trimmed.find('=');
        if (equals != std::string_view::npos && trimmed.substr(0, equals) == name)
            return std::string(trimmed.substr(equals + 1));
    }
    return "";
}

std::string cookie(const Call& call, std::string_view name, std::string_view value, int seconds, bool from_elsewhere) {
    const bool secure = identity_of(call).settings.authenticate_uri.starts_with("https:");
    // Browsers send a cookie along with another site's form only over TLS; without, they make an exception for fresh
    // ones that do not say.
    const char* where = !from_elsewhere ? "; SameSite=Lax" : secure ? "; SameSite=None" : "";
    return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly{}{}", name, value, seconds, where,
                       secure ? "; Secure" : "");
}

}  // namespace cumulet::identity::websso

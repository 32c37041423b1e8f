#include "common/api/microversion.hpp"

#include <charconv>

#include "common/runtime/text.hpp"

namespace cumulet::api {

namespace {

constexpr std::string_view kHeader = "OpenStack-API-Version";

std::optional<int> parse_number(std::string_view text) {
    int value = 0;
    if (text.empty() || text.size() > 6 || text.front() == '+' || text.front() == '-') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The version asked for: of "compute 2.53, placement 1.2" the part of this service; else the older header.
std::string_view asked_for(const Microversions& rules, const http::Request& request) {
    if (auto header = request.headers.get(kHeader)) {
        for (auto part : text::split(*header, ',')) {
            part = text::trim(part);
            const auto space = part.find(' ');
            if (space == std::string_view::npos) continue;
            if (text::iequals(part.substr(0, space), rules.type)) return text::trim(part.substr(space));
        }
    }
    if (!rules.legacy_header.empty())
        if (auto header = request.headers.get(rules.legacy_header)) return text::trim(*header);
    return {};
}

}  // namespace

std::string to_string(Version version) { return fmt::format("{}.{}", version.major, version.minor); }

std::optional<Version> parse_version(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto major = parse_number(text.substr(0, dot));
    const auto minor = parse_number(text.substr(dot + 1));
    if (!major || !minor || *major == 0) return std::nullopt;
    return Version{*major, *minor};
}

Negotiated negotiate(const Microversions& rules, const http::Request& request) {
    Negotiated result;
    if (rules.type.empty()) return result;
    result.version = rules.min;
    if (!request.path.starts_with(rules.path_prefix)) return result;
    // "/v2" is no prefix of "/v2.1" in the sense that is meant here.
    if (!rules.path_prefix.empty() && request.path.size() > rules.path_prefix.size() &&
        request.path[rules.path_prefix.size()] != '/' && rules.path_prefix.back() != '/')
        return result;
    const std::string_view asked = asked_for(rules, request);
    if (text::iequals(asked, "latest")) {
        result.version = rules.max;
    } else if (!asked.empty()) {
        const auto version = parse_version(asked);
        if (!version) {
            result.fault =
                Fault(Errc::bad_request,
                      "API Version String {} is of invalid format. Must be of format MajorNum.MinorNum.", asked);
            return result;
        }
        result.version = *version;
        if (*version < rules.min || *version > rules.max)
            result.fault =
                Fault(Errc::not_acceptable, "Version {} is not supported by the API. Minimum is {} and maximum is {}.",
                      to_string(*version), to_string(rules.min), to_string(rules.max));
    }
    result.shown = to_string(result.version);
    return result;
}

void show_version(const Microversions& rules, const std::string& shown, http::Headers& headers) {
    if (rules.type.empty() || shown.empty()) return;
    headers.set(kHeader, rules.type + " " + shown);
    if (!rules.legacy_header.empty()) headers.set(rules.legacy_header, shown);
    headers.add("Vary", std::string(kHeader));
    if (!rules.legacy_header.empty()) headers.add("Vary", rules.legacy_header);
}

}  // namespace cumulet::api

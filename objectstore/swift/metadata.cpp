#include "objectstore/swift/metadata.hpp"

#include <array>
#include <charconv>

#include "common/runtime/text.hpp"
#include "objectstore/swift/quotas.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

constexpr std::array<std::string_view, 6> kObjectHeaders{
    "Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires", "X-Robots-Tag"};

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && text::iequals(text.substr(0, prefix.size()), prefix);
}

void check_item(const Settings& settings, std::string_view name, std::string_view value) {
    if (name.empty()) throw Fault(Errc::bad_request, "Metadata name cannot be empty");
    if (!text::is_utf8(name)) throw Fault(Errc::bad_request, "Metadata must be valid UTF-8");
    if (name.size() > settings.max_meta_name_length) throw Fault(Errc::bad_request, "Metadata name too long: {}", name);
    if (value.size() > settings.max_meta_value_length)
        throw Fault(Errc::bad_request, "Metadata value longer than {}: {}", settings.max_meta_value_length, name);
}

void check_whole(const Settings& settings, const Metadata& metadata) {
    if (metadata.size() > settings.max_meta_count)
        throw Fault(Errc::bad_request, "Too many metadata items; max {}", settings.max_meta_count);
    std::size_t size = 0;
    for (const auto& [name, value] : metadata) size += name.size() + value.size();
    if (size > settings.max_meta_overall_size)
        throw Fault(Errc::bad_request, "Total metadata too large; max {}", settings.max_meta_overall_size);
}

std::optional<std::int64_t> parse_integer(std::string_view digits) {
    std::int64_t value = 0;
    digits = text::trim(digits);
    const auto end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value);
    if (digits.empty() || result.ec != std::errc{} || result.ptr != end) return std::nullopt;
    return value;
}

}  // namespace

std::string title_case(std::string_view name) {
    std::string shown = text::to_lower(name);
    bool first = true;
    for (char& c : shown) {
        if (c == '_') c = '-';
        const bool letter = c >= 'a' && c <= 'z';
        if (letter && first) c = static_cast<char>(c - 'a' + 'A');
        first = !letter;
    }
    return shown;
}

bool has_controls(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void check_metadata(const Settings& settings, const Metadata& metadata) {
    for (const auto& [name, value] : metadata) check_item(settings, name, value);
    check_whole(settings, metadata);
}

void check_account_name(const Settings& settings, std::string_view name) {
    if (name.size() > settings.max_account_name_length)
        throw Fault(Errc::bad_request, "Account name length of {} longer than {}", name.size(),
                    settings.max_account_name_length);
    // Another prefix names accounts of nobody we know.
    const bool of_service = !settings.service_prefix.empty() && name.starts_with(settings.service_prefix);
    if (!name.starts_with(settings.account_prefix) && !of_service) throw Fault(Errc::precondition_failed, "Bad URL");
}

void check_container_name(const Settings& settings, std::string_view name) {
    if (name.size() > settings.max_container_name_length)
        throw Fault(Errc::bad_request, "Container name length of {} longer than {}", name.size(),
                    settings.max_container_name_length);
    if (name.find('/') != std::string_view::npos)
        throw Fault(Errc::bad_request, "Container name cannot contain a slash");
}

void check_object_name(const Settings& settings, std::string_view name) {
    if (name.size() > settings.max_object_name_length)
        throw Fault(Errc::bad_request, "Object name length of {} longer than {}", name.size(),
                    settings.max_object_name_length);
}

Metadata sent_metadata(const SwiftCall& call, std::string_view prefix) {
    const auto& settings = call.module<Swift>().settings;
    Metadata metadata;
    for (const auto& [name, value] : call.request().headers) {
        if (!starts_with_ignoring_case(name, prefix)) continue;
        const auto rest = std::string_view(name).substr(prefix.size());
        check_item(settings, rest, value);
        metadata[title_case(rest)] = value;
    }
    check_whole(settings, metadata);
    return metadata;
}

void update_metadata(const SwiftCall& call, std::string_view kind, Metadata& metadata) {
    const auto& settings = call.module<Swift>().settings;
    check_quota_headers(call);
    const std::string removal = fmt::format("X-Remove-{}-Meta-", kind);
    const std::string prefix = fmt::format("X-{}-Meta-", kind);
    for (const auto& [name, value] : call.request().headers) {
        if (starts_with_ignoring_case(name, removal)) metadata.erase(title_case(name.substr(removal.size())));
        if (!starts_with_ignoring_case(name, prefix)) continue;
        const auto rest = std::string_view(name).substr(prefix.size());
        check_item(settings, rest, value);
        if (value.empty())
            metadata.erase(title_case(rest));
        else
            metadata[title_case(rest)] = value;
    }
    check_whole(settings, metadata);
}

void show_metadata(http::Headers& headers, std::string_view prefix, const Metadata& metadata) {
    for (const auto& [name, value] : metadata) headers.set(fmt::format("{}{}", prefix, name), value);
}

Metadata sent_object_headers(const SwiftCall& call) {
    Metadata sent;
    for (const auto name : kObjectHeaders)
        if (const auto value = call.header(name); value && !value->empty()) sent[std::string(name)] = *value;
    // As sent: clients compare it with what they wrote.
    if (const auto value = call.header("X-Object-Manifest"); value && !value->empty())
        sent["X-Object-Manifest"] = *value;
    return sent;
}

// The largest time that fits: ten digits of seconds. More digits mean "never, or nearly so".
constexpr std::int64_t kLastSecond = 9'999'999'999;

std::optional<std::int64_t> parse_seconds(std::string_view digits) {
    digits = text::trim(digits);
    const bool number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (number && digits.size() > 18) return kLastSecond;
    return parse_integer(digits);
}

Timestamp time_of_second(std::int64_t second) {
    return Timestamp{std::chrono::seconds(std::clamp<std::int64_t>(second, 0, kLastSecond))};
}

Timestamp delete_after(std::int64_t seconds, Timestamp now) {
    if (seconds <= 0) throw Fault(Errc::bad_request, "X-Delete-After in past");
    const auto then = now.time_since_epoch().count() / 1'000'000 + std::min(seconds, kLastSecond);
    return Timestamp{std::chrono::seconds(std::min(then, kLastSecond))};
}

Timestamp delete_at_second(std::int64_t second, Timestamp now) {
    const auto time = time_of_second(second);
    if (time <= now) throw Fault(Errc::bad_request, "X-Delete-At in past");
    return time;
}

std::optional<Timestamp> sent_delete_at(const SwiftCall& call, Timestamp now) {
    if (const auto after = call.header("X-Delete-After"); after && !after->empty()) {
        const auto seconds = parse_seconds(*after);
        if (!seconds) throw Fault(Errc::bad_request, "Non-integer X-Delete-After");
        return delete_after(*seconds, now);
    }
    const auto at = call.header("X-Delete-At");
    if (!at || at->empty()) return std::nullopt;
    const auto seconds = parse_seconds(*at);
    if (!seconds) throw Fault(Errc::bad_request, "Non-integer X-Delete-At");
    return delete_at_second(*seconds, now);
}

void check_if_delete_at(const SwiftCall& call, const std::optional<Object>& object) {
    const auto sent = call.header("X-If-Delete-At");
    if (!sent) return;
    const auto seconds = parse_seconds(*sent);
    if (!seconds) throw Fault(Errc::bad_request, "Bad X-If-Delete-At header value");
    if (!object) throw Fault::general(Errc::not_found);
    if (object->delete_at != Timestamp{std::chrono::seconds(std::min(*seconds, kLastSecond))})
        throw Fault(Errc::precondition_failed, "X-If-Delete-At and X-Delete-At do not match");
}

std::string sent_dynamic_prefix(const SwiftCall& call) {
    const auto sent = call.header("X-Object-Manifest");
    if (!sent || sent->empty()) return "";
    auto value = text::percent_decode(*sent);
    const auto slash = value ? value->find('/') : std::string::npos;
    if (!value || slash == 0 || slash == std::string::npos || slash + 1 == value->size() ||
        value->find_first_of("?&") != std::string::npos)
        throw Fault(Errc::bad_request, "X-Object-Manifest must be in the format container/prefix");
    return *value;
}

std::string unix_time(Timestamp time) {
    const auto micros = time.time_since_epoch().count();
    return fmt::format("{:010}.{:05}", micros / 1'000'000, micros % 1'000'000 / 10);
}

std::string last_modified(Timestamp time) { return to_http_date(std::chrono::ceil<std::chrono::seconds>(time)); }

void show_object(http::Headers& headers, const Object& object) {
    headers.set("Content-Type", object.content_type);
    headers.set("Last-Modified", last_modified(object.modified_at));
    headers.set("X-Timestamp", unix_time(object.modified_at));
    headers.set("Accept-Ranges", "bytes");
    for (const auto& [name, value] : object.headers) headers.set(name, value);
    show_metadata(headers, "X-Object-Meta-", object.metadata);
    if (object.delete_at)
        headers.set("X-Delete-At", fmt::format("{}", object.delete_at->time_since_epoch().count() / 1'000'000));
    if (object.is_static_large()) headers.set("X-Static-Large-Object", "True");
    if (object.is_dynamic_large() && !headers.has("X-Object-Manifest"))
        headers.set("X-Object-Manifest", text::percent_encode(object.dynamic_prefix, "/"));
}

bool says_true(std::string_view text) {
    const auto word = text::to_lower(text::trim(text));
    return word == "true" || word == "1" || word == "yes" || word == "on" || word == "t" || word == "y";
}

std::string plain_etag(std::string_view etag) {
    etag = text::trim(etag);
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
    return text::to_lower(etag);
}

}  // namespace cumulet::objectstore::swift

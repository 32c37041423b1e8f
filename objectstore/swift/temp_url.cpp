#include "objectstore/swift/temp_url.hpp"

#include <arpa/inet.h>

#include <charconv>

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/signature.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

Fault invalid() { return Fault(Errc::unauthorized, "Temp URL invalid"); }

std::optional<std::int64_t> parse_expiry(const std::string& text) {
    std::int64_t seconds = 0;
    const auto end = text.data() + text.size();
    if (const auto result = std::from_chars(text.data(), end, seconds); result.ec == std::errc{} && result.ptr == end)
        return seconds;
    if (const auto time = parse_iso(text)) return time->time_since_epoch().count() / 1'000'000;
    return std::nullopt;
}

// "10.0.0.0/8", or one address. What has bits set behind its prefix is no range.
bool is_in_range(const std::string& range, const std::string& address) {
    const auto slash = range.find('/');
    const std::string base = range.substr(0, slash);
    for (const auto& [family, size] : {std::pair{AF_INET, 4}, std::pair{AF_INET6, 16}}) {
        unsigned char low[16], mine[16];
        if (inet_pton(family, base.c_str(), low) != 1) continue;
        int bits = size * 8;
        if (slash != std::string::npos) {
            const auto text = std::string_view(range).substr(slash + 1);
            const auto read = std::from_chars(text.data(), text.data() + text.size(), bits);
            if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || bits < 0 || bits > size * 8)
                return false;
        }
        if (inet_pton(family, address.c_str(), mine) != 1) return false;
        for (int bit = 0; bit < size * 8; ++bit) {
            const int mask = 0x80 >> (bit % 8);
            if (bit >= bits && (low[bit / 8] & mask) != 0) return false;
            if (bit < bits && ((low[bit / 8] ^ mine[bit / 8]) & mask) != 0) return false;
        }
        return true;
    }
    return false;
}

// Who may GET, PUT or POST may also look.
std::vector<std::string> signed_methods(const SwiftCall& call) {
    const auto& method = call.request().method_text;
    if (method == "HEAD") return {"HEAD", "GET", "POST", "PUT"};
    if (method == "GET" || method == "PUT" || method == "POST" || method == "DELETE") return {method};
    return {};
}

// The path that was signed: the object's, or that of a prefix it begins with.
std::string signed_path(const SwiftCall& call, const ObjectPlace& place) {
    const auto prefix = call.query("temp_url_prefix");
    if (!prefix) return fmt::format("/v1/{}/{}/{}", place.account, place.container, place.name);
    if (!place.name.starts_with(*prefix)) throw invalid();
    return fmt::format("prefix:/v1/{}/{}/{}", place.account, place.container, *prefix);
}

Reach reach_of_temp_url(const SwiftCall& call, store::Transaction& txn) {
    const ObjectPlace place{call.path("account"), call.path("container"), call.path("object")};
    const auto signature = parse_signature(call.query("temp_url_sig").value_or(""));
    const auto expires = parse_expiry(call.query("temp_url_expires").value_or(""));
    if (!signature || !expires) throw invalid();
    if (time_of_second(*expires) < call.now()) throw invalid();
    const auto range = call.query("temp_url_ip_range");
    if (range && !is_in_range(*range, call.request().remote_address)) throw invalid();
    const auto path = signed_path(call, place);
    const auto bound = range ? fmt::format("ip={}\n", *range) : std::string();
    for (const auto& [key, reach] : signing_keys(txn, place.account, place.container))
        for (const auto& method : signed_methods(call))
            if (signs(*signature, key, fmt::format("{}{}\n{}\n{}", bound, method, *expires, path))) return reach;
    throw invalid();
}

// What would let the holder read what nobody signed for.
void check_sent_headers(const SwiftCall& call) {
    if (call.request().method == http::Method::get || call.is_head()) return;
    for (const char* header : {"X-Object-Manifest", "X-Symlink-Target", "X-Copy-From"})
        if (call.header(header))
            throw Fault(Errc::bad_request, "The header '{}' is not allowed in this tempurl", header);
}

std::string disposition(std::string_view kind, std::string_view name) {
    return fmt::format("{}; filename=\"{}\"; filename*=UTF-8''{}", kind, text::percent_encode(name, " /"),
                       text::percent_encode(name, "/"));
}

}  // namespace

bool is_temp_url(const SwiftCall& call) {
    return call.query("temp_url_sig").has_value() || call.query("temp_url_expires").has_value();
}

void require_temp_url(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place) {
    const auto reach = reach_of_temp_url(call, txn);
    check_sent_headers(call);
    if (place.account != call.path("account")) throw invalid();
    if (reach == Reach::container && place.container != call.path("container")) throw invalid();
}

void show_temp_url(const SwiftCall& call, const ObjectPlace& place, http::Headers& headers) {
    std::vector<std::string> hidden;
    for (const auto& [name, value] : headers)
        if (const auto lower = text::to_lower(name);
            lower.starts_with("x-object-meta-") && !lower.starts_with("x-object-meta-public-"))
            hidden.push_back(name);
    for (const auto& name : hidden) headers.remove(name);
    const auto expires = parse_expiry(call.query("temp_url_expires").value_or(""));
    if (expires) headers.set("Expires", to_http_date(time_of_second(*expires)));
    const auto named = call.query("filename").value_or("");
    if (call.query("inline")) {
        headers.set("Content-Disposition", named.empty() ? "inline" : disposition("inline", named));
    } else if (!named.empty()) {
        headers.set("Content-Disposition", disposition("attachment", named));
    } else if (!headers.has("Content-Disposition")) {
        std::string_view name = place.name;
        while (name.ends_with('/')) name.remove_suffix(1);
        headers.set("Content-Disposition", disposition("attachment", name.substr(name.rfind('/') + 1)));
    }
}

}  // namespace cumulet::objectstore::swift

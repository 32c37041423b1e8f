#include "objectstore/swift/temp_url.hpp"

#include <openssl/hmac.h>

#include <charconv>

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

Fault invalid() { return Fault(Errc::unauthorized, "Temp URL invalid"); }

struct Signature {
    const EVP_MD* digest = nullptr;
    std::string bytes;
};

const EVP_MD* digest_named(std::string_view name) {
    if (name == "sha1") return EVP_sha1();
    if (name == "sha256") return EVP_sha256();
    return name == "sha512" ? EVP_sha512() : nullptr;
}

// Hex, told apart by its length, or "sha256:<base64>".
std::optional<Signature> parse_signature(std::string_view text) {
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        const auto* digest = digest_named(text.substr(0, colon));
        auto bytes = text::from_base64(text.substr(colon + 1));
        if (!digest || !bytes) return std::nullopt;
        return Signature{digest, std::move(*bytes)};
    }
    auto bytes = text::from_hex(text);
    if (!bytes) return std::nullopt;
    for (const auto* digest : {EVP_sha1(), EVP_sha256(), EVP_sha512()})
        if (bytes->size() == static_cast<std::size_t>(EVP_MD_get_size(digest)))
            return Signature{digest, std::move(*bytes)};
    return std::nullopt;
}

std::optional<std::int64_t> parse_expiry(const std::string& text) {
    std::int64_t seconds = 0;
    const auto end = text.data() + text.size();
    if (const auto result = std::from_chars(text.data(), end, seconds); result.ec == std::errc{} && result.ptr == end)
        return seconds;
    if (const auto time = parse_iso(text)) return time->time_since_epoch().count() / 1'000'000;
    return std::nullopt;
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view text) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), reinterpret_cast<unsigned char*>(out.data()), &size);
    out.resize(size);
    return out;
}

void add_keys(const std::map<std::string, std::string>& metadata, std::vector<std::string>& keys) {
    for (const char* name : {"Temp-Url-Key", "Temp-Url-Key-2"})
        if (const auto key = metadata.find(name); key != metadata.end() && !key->second.empty())
            keys.push_back(key->second);
}

std::vector<std::string> keys_for(store::Transaction& txn, const ObjectPlace& place) {
    std::vector<std::string> keys;
    if (const auto account = txn.peek<Account>(place.account)) add_keys(account->metadata, keys);
    if (const auto container = txn.peek<Container>(place.account, place.container)) add_keys(container->metadata, keys);
    return keys;
}

// Who may GET, PUT or POST may also look.
std::vector<std::string> signed_methods(const api::Call& call) {
    const auto& method = call.request().method_text;
    if (method == "HEAD") return {"HEAD", "GET", "POST", "PUT"};
    if (method == "GET" || method == "PUT" || method == "POST" || method == "DELETE") return {method};
    return {};
}

// The path that was signed: the object's, or that of a prefix it begins with.
std::string signed_path(const api::Call& call, const ObjectPlace& place) {
    const auto prefix = call.query("temp_url_prefix");
    if (!prefix) return fmt::format("/v1/{}/{}/{}", place.account, place.container, place.name);
    if (!place.name.starts_with(*prefix)) throw invalid();
    return fmt::format("prefix:/v1/{}/{}/{}", place.account, place.container, *prefix);
}

}  // namespace

bool is_temp_url(const api::Call& call) {
    return call.query("temp_url_sig").has_value() || call.query("temp_url_expires").has_value();
}

void require_temp_url(const api::Call& call, store::Transaction& txn, const ObjectPlace& place) {
    const auto signature = parse_signature(call.query("temp_url_sig").value_or(""));
    const auto expires = parse_expiry(call.query("temp_url_expires").value_or(""));
    // A URL bound to addresses is refused: whose address a request has is not known behind a proxy.
    if (!signature || !expires || call.query("temp_url_ip_range")) throw invalid();
    if (Timestamp{std::chrono::seconds(*expires)} < call.now()) throw invalid();
    // A manifest would lead to objects that nobody signed for.
    if (call.header("X-Object-Manifest") || call.header("X-Copy-From") || call.query("multipart-manifest"))
        throw Fault(Errc::bad_request, "Large objects and copies cannot be made by a temp URL.");
    const auto path = signed_path(call, place);
    for (const auto& key : keys_for(txn, place))
        for (const auto& method : signed_methods(call)) {
            const auto expected = hmac(signature->digest, key, fmt::format("{}\n{}\n{}", method, *expires, path));
            if (text::equal_in_constant_time(expected, signature->bytes)) return;
        }
    throw invalid();
}

void show_temp_url(const api::Call& call, const ObjectPlace& place, http::Headers& headers) {
    const auto expires = parse_expiry(call.query("temp_url_expires").value_or(""));
    if (expires) headers.set("Expires", to_http_date(Timestamp{std::chrono::seconds(*expires)}));
    if (call.query("inline")) {
        headers.set("Content-Disposition", "inline");
        return;
    }
    const auto named = call.query("filename");
    const auto slash = place.name.rfind('/');
    const auto name = named ? *named : place.name.substr(slash == std::string::npos ? 0 : slash + 1);
    std::string plain;
    for (const char c : name)
        if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) plain += c;
    headers.set("Content-Disposition",
                fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, text::percent_encode(name)));
}

}  // namespace cumulet::objectstore::swift

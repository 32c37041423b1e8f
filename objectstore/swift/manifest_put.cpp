// Static large objects: a manifest is checked against its segments once, when it is put.
#include <charconv>

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/http/range.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_put.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

// A segment as the client wrote it down.
struct Wanted {
    std::string path;
    std::string container, name;
    std::string etag;                    // empty: whatever it is
    std::optional<std::uint64_t> bytes;  // absent: whatever it is
    std::string range;                   // "first-last", "first-", "-suffix"; empty: all
};

std::optional<std::uint64_t> size_in(const nlohmann::json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (!value.is_string()) return std::nullopt;
    const auto text = value.get<std::string>();
    std::uint64_t size = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), size);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return size;
}

Wanted read_entry(const nlohmann::json& entry, std::size_t index) {
    const auto refuse = [&](std::string_view why) { return Fault(Errc::bad_request, "Index {}: {}", index, why); };
    if (!entry.is_object()) throw refuse("not a JSON object");
    for (const auto& [key, value] : entry.items())
        if (key != "path" && key != "etag" && key != "size_bytes" && key != "range")
            throw refuse("extraneous keys \"" + key + "\"");
    if (!entry.contains("path") || !entry["path"].is_string()) throw refuse("missing keys \"path\"");
    Wanted wanted{.path = entry["path"], .container = {}, .name = {}, .etag = {}, .bytes = {}, .range = {}};
    const auto start = wanted.path.find_first_not_of('/');
    const auto slash = start == std::string::npos ? start : wanted.path.find('/', start);
    if (slash == std::string::npos || slash + 1 == wanted.path.size())
        throw refuse("path does not refer to an object. Path must be of the form /container/object.");
    wanted.container = wanted.path.substr(start, slash - start);
    wanted.name = wanted.path.substr(slash + 1);
    if (entry.contains("etag") && !entry["etag"].is_null()) {
        if (!entry["etag"].is_string()) throw refuse("invalid etag");
        wanted.etag = plain_etag(entry["etag"].get<std::string>());
    }
    if (entry.contains("size_bytes") && !entry["size_bytes"].is_null()) {
        wanted.bytes = size_in(entry["size_bytes"]);
        if (!wanted.bytes) throw refuse("invalid size_bytes");
    }
    if (entry.contains("range") && !entry["range"].is_null()) {
        if (!entry["range"].is_string()) throw refuse("invalid range");
        wanted.range = entry["range"];
    }
    return wanted;
}

std::vector<Wanted> read_wanted(const std::string& body, const Settings& settings) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded() || !json.is_array()) throw Fault(Errc::bad_request, "Manifest must be valid JSON.");
    if (json.empty()) throw Fault(Errc::bad_request, "Manifest must have at least one segment.");
    if (json.size() > settings.max_manifest_segments)
        throw Fault(Errc::too_large, "Number of segments must be <= {}", settings.max_manifest_segments);
    std::vector<Wanted> wanted;
    for (std::size_t i = 0; i < json.size(); ++i) wanted.push_back(read_entry(json[i], i));
    return wanted;
}

// Empty when the segment is as wanted; else what is wrong.
std::string match(const Wanted& wanted, const std::optional<Object>& object, ManifestEntry& entry) {
    if (!object) return "404 Not Found";
    const std::uint64_t length = object->length;
    const auto& etag = object->is_static_large() ? object->static_etag : object->etag;
    if (wanted.bytes && *wanted.bytes != length) return "Size Mismatch";
    if (!wanted.etag.empty() && wanted.etag != etag) return "Etag Mismatch";
    if (length == 0) return "Too Small; each segment must be at least 1 byte.";
    entry = {.container = wanted.container,
             .name = wanted.name,
             .etag = etag,
             .bytes = length,
             .last = length - 1,
             .sub_manifest = object->is_static_large(),
             .content_type = object->content_type,
             .last_modified = to_iso_naive(object->modified_at)};
    if (wanted.range.empty()) return "";
    const auto range = http::parse_range("bytes=" + wanted.range, length);
    if (range.kind != http::RangeKind::partial || range.ranges.size() != 1) return "Unsatisfiable Range";
    entry.has_range = true;
    entry.first = range.ranges.front().first;
    entry.last = range.ranges.front().last;
    return "";
}

std::vector<ManifestEntry> match_all(const SwiftCall& call, const std::string& account,
                                     const std::vector<Wanted>& wanted) {
    const auto& swift = call.module<Swift>();
    store::Transaction txn(swift.store, {});
    std::vector<ManifestEntry> manifest;
    std::string problems;
    for (const auto& each : wanted) {
        const auto object = txn.peek<Object>(account, each.container, each.name);
        ManifestEntry entry;
        const auto problem = match(each, object, entry);
        if (!problem.empty()) problems += fmt::format("{}, {}\n", each.path, problem);
        manifest.push_back(std::move(entry));
    }
    if (!problems.empty()) throw Fault(Errc::bad_request, "Errors:\n{}", problems);
    return manifest;
}

std::string etag_of(const std::vector<ManifestEntry>& manifest) {
    std::string joined;
    for (const auto& entry : manifest) {
        joined += entry.etag;
        if (entry.has_range) joined += fmt::format(":{}-{};", entry.first, entry.last);
    }
    return md5_of(joined);
}

}  // namespace

http::Task<Reply> put_manifest(SwiftCall& call, const ObjectPlace& place) {
    const auto& swift = call.module<Swift>();
    const auto body = co_await call.body_stream().read_all(swift.settings.max_manifest_size);
    const auto manifest = match_all(call, place.account, read_wanted(body, swift.settings));
    Object object = object_from_headers(call, place);
    object.dynamic_prefix.clear();
    object.static_etag = etag_of(manifest);
    for (const auto& entry : manifest) object.length += entry.length();
    check_etag(call, object.static_etag);
    co_await commit_object(call, object, co_await upload_text(swift.engine, to_json(manifest)));
    co_return created(object);
}

}  // namespace cumulet::objectstore::swift

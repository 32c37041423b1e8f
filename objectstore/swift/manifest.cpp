#include "objectstore/swift/manifest.hpp"

#include <algorithm>
#include <charconv>

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/md5.hpp"
#include "objectstore/swift/metadata.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using Json = nlohmann::json;

std::optional<std::uint64_t> size_in(const Json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (!value.is_string()) return std::nullopt;
    const auto text = value.get<std::string>();
    std::uint64_t size = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), size);
    if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return size;
}

void check_keys(const Json& entry, std::size_t index, std::initializer_list<std::string_view> known) {
    std::string extraneous;
    for (const auto& [key, value] : entry.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        if (!extraneous.empty()) extraneous += ", ";
        extraneous += Json(key).dump(-1, ' ', true, Json::error_handler_t::replace);
    }
    if (!extraneous.empty()) throw Fault(Errc::bad_request, "Index {}: extraneous keys {}", index, extraneous);
}

// "1-", "-5", "3-7": one range, of whatever length the object has.
bool is_one_range(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos || text.size() == 1) return false;
    const auto digits = [](std::string_view part) {
        return part.size() <= 18 && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    const auto first = text.substr(0, dash), last = text.substr(dash + 1);
    if (!digits(first) || !digits(last)) return false;
    return first.empty() || last.empty() || std::stoull(std::string(first)) <= std::stoull(std::string(last));
}

void read_path(const Json& entry, std::size_t index, WantedSegment& wanted) {
    if (!entry["path"].is_string()) throw Fault(Errc::bad_request, "Index {}: \"path\" must be a string", index);
    wanted.path = entry["path"];
    const auto start = wanted.path.find_first_not_of('/');
    const auto slash = start == std::string::npos ? start : wanted.path.find('/', start);
    if (slash == std::string::npos || wanted.path.find_first_not_of('/', slash) == std::string::npos)
        throw Fault(Errc::bad_request,
                    "Index {}: path does not refer to an object. Path must be of the form /container/object.", index);
    if (!text::is_utf8(wanted.path) || wanted.path.find('\0') != std::string::npos)
        throw Fault(Errc::bad_request, "Index {}: path is not valid UTF-8", index);
    wanted.container = wanted.path.substr(start, slash - start);
    wanted.name = wanted.path.substr(slash + 1);
}

void read_rest(const Json& entry, std::size_t index, bool is_last, WantedSegment& wanted) {
    const auto given = [&](const char* key) { return entry.contains(key) && !entry[key].is_null(); };
    if (given("etag")) {
        if (!entry["etag"].is_string())
            throw Fault(Errc::bad_request, "Index {}: \"etag\" must be a string or null (if provided)", index);
        wanted.etag = plain_etag(entry["etag"].get<std::string>());
    }
    if (given("size_bytes")) {
        wanted.bytes = size_in(entry["size_bytes"]);
        if (!wanted.bytes) throw Fault(Errc::bad_request, "Index {}: invalid size_bytes", index);
        if (*wanted.bytes < 1 && !is_last)
            throw Fault(Errc::bad_request, "Index {}: too small; each segment must be at least 1 byte.", index);
    }
    if (!given("range")) return;
    if (!entry["range"].is_string()) throw Fault(Errc::bad_request, "Index {}: invalid range", index);
    wanted.range = entry["range"];
    if (wanted.range.find(',') != std::string::npos)
        throw Fault(Errc::bad_request, "Index {}: multiple ranges (only one allowed)", index);
    if (!wanted.range.empty() && !is_one_range(wanted.range))
        throw Fault(Errc::bad_request, "Index {}: invalid range", index);
}

WantedSegment read_inline(const Json& entry, std::size_t index) {
    check_keys(entry, index, {"data"});
    WantedSegment wanted;
    const auto data = entry["data"].is_string() ? text::from_base64(entry["data"].get<std::string>()) : std::nullopt;
    if (!data) throw Fault(Errc::bad_request, "Index {}: data must be valid base64", index);
    if (data->empty())
        throw Fault(Errc::bad_request, "Index {}: too small; each segment must be at least 1 byte.", index);
    wanted.data = *data;
    return wanted;
}

}  // namespace

std::vector<WantedSegment> parse_wanted(std::string_view text, const Settings& settings, std::string_view self) {
    const auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) throw Fault(Errc::bad_request, "Manifest must be valid JSON.\n");
    if (!json.is_array()) throw Fault(Errc::bad_request, "Manifest must be a list.\n");
    std::vector<WantedSegment> wanted;
    std::string problems;
    std::size_t objects = 0;
    for (std::size_t i = 0; i < json.size(); ++i) try {
            const auto& entry = json[i];
            if (!entry.is_object()) throw Fault(Errc::bad_request, "Index {}: not a JSON object", i);
            if (entry.contains("path")) {
                check_keys(entry, i, {"path", "etag", "size_bytes", "range"});
                WantedSegment one;
                read_path(entry, i, one);
                read_rest(entry, i, i + 1 == json.size(), one);
                if (one.container + "/" + one.name == self)
                    throw Fault(Errc::bad_request, "Index {}: manifest must not include itself as a segment", i);
                wanted.push_back(std::move(one));
                ++objects;
            } else if (entry.contains("data")) {
                wanted.push_back(read_inline(entry, i));
            } else {
                throw Fault(Errc::bad_request, "Index {}: expected keys to include one of 'path' or 'data'", i);
            }
        } catch (const Fault& fault) {
            problems += std::string(fault.what()) + "\n";
        }
    if (!problems.empty()) throw Fault(Errc::bad_request, "{}", problems);
    if (wanted.empty()) throw Fault(Errc::bad_request, "Manifest must have at least one segment.\n");
    if (objects == 0)
        throw Fault(Errc::bad_request, "Inline data segments require at least one object-backed segment.");
    if (objects > settings.max_manifest_segments)
        throw Fault(Errc::too_large, "Number of object-backed segments must be <= {}", settings.max_manifest_segments);
    return wanted;
}

std::vector<ManifestEntry> parse_manifest(std::string_view json) {
    std::vector<ManifestEntry> manifest;
    for (const auto& each : Json::parse(json)) {
        ManifestEntry entry;
        if (each.contains("data")) {
            entry.data = text::from_base64(each["data"].get<std::string>()).value_or("");
            entry.bytes = entry.data.size();
            entry.last = entry.bytes - 1;
            manifest.push_back(std::move(entry));
            continue;
        }
        const auto path = each.at("name").get<std::string>();
        const auto slash = path.find('/', 1);
        entry.container = path.substr(1, slash - 1);
        entry.name = path.substr(slash + 1);
        entry.etag = each.at("hash");
        entry.bytes = each.at("bytes");
        entry.sub_manifest = each.value("sub_slo", false);
        entry.content_type = each.at("content_type");
        entry.last_modified = each.at("last_modified");
        entry.last = entry.bytes - 1;
        if (const auto range = each.value("range", std::string()); !range.empty()) {
            entry.has_range = true;
            entry.first = std::stoull(range);
            entry.last = std::stoull(range.substr(range.find('-') + 1));
        }
        manifest.push_back(std::move(entry));
    }
    return manifest;
}

std::string to_json(const std::vector<ManifestEntry>& manifest) {
    auto list = Json::array();
    for (const auto& entry : manifest) {
        if (entry.is_inline()) {
            list.push_back({{"data", text::to_base64(entry.data)}});
            continue;
        }
        Json each{{"name", "/" + entry.container + "/" + entry.name},
                  {"hash", entry.etag},
                  {"bytes", entry.bytes},
                  {"content_type", entry.content_type},
                  {"last_modified", entry.last_modified}};
        if (entry.sub_manifest) each["sub_slo"] = true;
        if (entry.has_range) each["range"] = fmt::format("{}-{}", entry.first, entry.last);
        list.push_back(std::move(each));
    }
    return list.dump();
}

std::string to_raw_json(const std::vector<ManifestEntry>& manifest) {
    auto list = Json::array();
    for (const auto& entry : manifest) {
        if (entry.is_inline()) {
            list.push_back({{"data", text::to_base64(entry.data)}});
            continue;
        }
        Json each{
            {"path", "/" + entry.container + "/" + entry.name}, {"etag", entry.etag}, {"size_bytes", entry.bytes}};
        if (entry.has_range) each["range"] = fmt::format("{}-{}", entry.first, entry.last);
        list.push_back(std::move(each));
    }
    return list.dump();
}

std::vector<WantedSegment> to_wanted(const std::vector<ManifestEntry>& manifest) {
    std::vector<WantedSegment> wanted;
    for (const auto& entry : manifest) {
        WantedSegment one;
        one.data = entry.data;
        if (!entry.is_inline()) {
            one.path = "/" + entry.container + "/" + entry.name;
            one.container = entry.container;
            one.name = entry.name;
            one.etag = entry.etag;
            one.bytes = entry.bytes;
            if (entry.has_range) one.range = fmt::format("{}-{}", entry.first, entry.last);
        }
        wanted.push_back(std::move(one));
    }
    return wanted;
}

std::string etag_of(const std::vector<ManifestEntry>& manifest) {
    std::string joined;
    for (const auto& entry : manifest) {
        joined += entry.is_inline() ? md5_of(entry.data) : entry.etag;
        if (entry.has_range) joined += fmt::format(":{}-{};", entry.first, entry.last);
    }
    return md5_of(joined);
}

}  // namespace cumulet::objectstore::swift

#include "objectstore/swift/large_objects.hpp"

#include "common/api/fault.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

constexpr int kMaxDepth = 10;
constexpr std::size_t kSegmentsAtOnce = 10'000;

// The blob may have been replaced and removed between reading its record and opening it: the record then says where it
// is now.
BlobBody open_object(const Swift& swift, Object object, std::uint64_t offset, std::uint64_t length) {
    for (int attempt = 0;; ++attempt) {
        try {
            return swift.engine.open(object.blob, offset, length);
        } catch (const EngineError& error) {
            if (error.kind != EngineError::Kind::missing || attempt > 0) throw_engine_fault(std::current_exception());
        }
        store::Transaction txn(swift.store, {});
        auto now = txn.peek<Object>(object.account, object.container, object.name);
        if (!now || now->etag != object.etag) throw Fault(Errc::not_found, "The resource could not be found.");
        object = std::move(*now);
    }
}

Content plain_content(const Swift& swift, const Object& object) {
    return {.length = object.blob.length,
            .etag = object.etag,
            .content_type = object.is_static_large() ? "application/json; charset=utf-8" : object.content_type,
            .open = [&swift, object](std::uint64_t offset, std::uint64_t length) {
                return open_object(swift, object, offset, length);
            }};
}

// A segment as it must still be when its turn comes.
BlobBody open_segment(const Swift& swift, const Segment& segment, std::uint64_t offset, std::uint64_t length) {
    store::Transaction txn(swift.store, {});
    auto object = txn.peek<Object>(segment.account, segment.container, segment.name);
    if (!object || object->etag != segment.etag)
        throw Fault(Errc::conflict, "A segment of the object is missing or has changed.")
            .detail(segment.container + "/" + segment.name);
    return open_object(swift, std::move(*object), segment.offset + offset, length);
}

BlobBody open_segments(const Swift& swift, const std::vector<Segment>& segments, std::uint64_t offset,
                       std::uint64_t length) {
    std::vector<ChainPart> parts;
    for (const auto& segment : segments) {
        if (offset >= segment.length) {
            offset -= segment.length;
            continue;
        }
        if (length == 0) break;
        const auto count = std::min(length, segment.length - offset);
        parts.push_back({.length = count, .text = {}, .open = [&swift, segment, offset, count] {
                             return open_segment(swift, segment, offset, count);
                         }});
        length -= count;
        offset = 0;
    }
    return make_chain(std::move(parts));
}

// Who may read a large object must also be allowed to read its segments.
void require_segment(const SwiftCall& call, store::Transaction& txn, const std::string& account,
                     const std::string& container) {
    const auto found = txn.peek<Container>(account, container);
    require_object_read(call, txn, {account, container, ""}, found ? &*found : nullptr);
}

// Adds bytes [first, last] of an object, of its segments when it is a large one itself.
http::Task<void> append_object(const Swift& swift, const Object& object, std::uint64_t first, std::uint64_t length,
                               int depth, std::vector<Segment>& segments) {
    if (!object.is_static_large()) {
        segments.push_back({object.account, object.container, object.name, object.etag, first, length});
        co_return;
    }
    if (depth >= kMaxDepth) throw Fault(Errc::conflict, "Manifests are nested too deeply.");
    const auto manifest = co_await manifest_of(swift, object);
    for (const auto& entry : manifest) {
        if (first >= entry.length()) {
            first -= entry.length();
            continue;
        }
        if (length == 0) break;
        const auto count = std::min(length, entry.length() - first);
        std::optional<Object> part;
        {
            store::Transaction txn(swift.store, {});
            part = txn.peek<Object>(object.account, entry.container, entry.name);
        }
        const auto etag = part ? (entry.sub_manifest ? part->static_etag : part->etag) : "";
        if (etag.empty() || etag != entry.etag)
            throw Fault(Errc::conflict, "A segment of the object is missing or has changed.")
                .detail(entry.container + "/" + entry.name);
        co_await append_object(swift, *part, entry.first + first, count, depth + 1, segments);
        length -= count;
        first = 0;
    }
}

Content segmented_content(const Swift& swift, const Object& object, std::vector<Segment> segments, std::string etag) {
    Content content{.etag = std::move(etag), .quoted = true, .content_type = object.content_type, .open = {}};
    for (const auto& segment : segments) content.length += segment.length;
    auto shared = std::make_shared<const std::vector<Segment>>(std::move(segments));
    content.open = [&swift, shared](std::uint64_t offset, std::uint64_t length) {
        return open_segments(swift, *shared, offset, length);
    };
    return content;
}

http::Task<Content> static_content(SwiftCall& call, const Swift& swift, const Object& object) {
    const auto manifest = co_await manifest_of(swift, object);
    {
        store::Transaction txn(swift.store, {});
        std::string last;
        for (const auto& entry : manifest)
            if (std::exchange(last, entry.container) != entry.container)
                require_segment(call, txn, object.account, entry.container);
    }
    std::vector<Segment> segments;
    co_await append_object(swift, object, 0, object.length, 0, segments);
    co_return segmented_content(swift, object, std::move(segments), object.static_etag);
}

http::Task<Content> dynamic_content(SwiftCall& call, const Swift& swift, const Object& object) {
    const auto slash = object.dynamic_prefix.find('/');
    const std::string name = object.dynamic_prefix.substr(0, slash);
    std::vector<Object> found;
    {
        store::Transaction txn(swift.store, {});
        require_segment(call, txn, object.account, name);
        const auto container = txn.peek<Container>(object.account, name);
        if (!container) throw Fault(Errc::not_found, "The resource could not be found.");
        ListRequest request{.prefix = object.dynamic_prefix.substr(slash + 1), .limit = kSegmentsAtOnce};
        for (bool more = true; more;) {
            auto page = list_objects(txn, *container, request);
            more = page.size() == request.limit;
            for (auto& entry : page) found.push_back(std::move(std::get<Object>(entry)));
            if (!found.empty()) request.marker = found.back().name;
        }
    }
    std::vector<Segment> segments;
    std::string etags;
    for (const auto& each : found) {
        etags += each.is_static_large() ? each.static_etag : each.etag;
        co_await append_object(swift, each, 0, each.length, 0, segments);
    }
    co_return segmented_content(swift, object, std::move(segments), md5_of(etags));
}

}  // namespace

std::vector<ManifestEntry> parse_manifest(std::string_view json) {
    std::vector<ManifestEntry> manifest;
    for (const auto& each : nlohmann::json::parse(json)) {
        const auto path = each.at("name").get<std::string>();
        const auto slash = path.find('/', 1);
        ManifestEntry entry{.container = path.substr(1, slash - 1),
                            .name = path.substr(slash + 1),
                            .etag = each.at("hash"),
                            .bytes = each.at("bytes"),
                            .sub_manifest = each.value("sub_slo", false),
                            .content_type = each.at("content_type"),
                            .last_modified = each.at("last_modified")};
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
    auto list = nlohmann::json::array();
    for (const auto& entry : manifest) {
        nlohmann::json each{{"name", "/" + entry.container + "/" + entry.name},
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

http::Task<std::vector<ManifestEntry>> manifest_of(const Swift& swift, const Object& object) {
    const auto json = co_await read_whole(open_object(swift, object, 0, object.blob.length));
    co_return parse_manifest(json);
}

http::Task<Content> content_of(SwiftCall& call, const Object& object, bool as_manifest) {
    const auto& swift = call.module<Swift>();
    if (object.is_static_large() && !as_manifest) co_return co_await static_content(call, swift, object);
    if (object.is_dynamic_large() && !as_manifest) co_return co_await dynamic_content(call, swift, object);
    co_return plain_content(swift, object);
}

}  // namespace cumulet::objectstore::swift

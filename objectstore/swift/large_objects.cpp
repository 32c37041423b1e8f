#include "objectstore/swift/large_objects.hpp"

#include "common/api/fault.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/read_anew.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::swift {

using api::Errc;
using api::Fault;

// The blob may have been replaced and removed between reading its record and opening it: the record then says where it
// is now.
BlobBody open_object(const Swift& swift, Object object, std::uint64_t offset, std::uint64_t length) {
    for (int attempt = 0;; ++attempt) {
        try {
            return swift.engine.open(object.blob, offset, length);
        } catch (const EngineError& error) {
            if (error.kind != EngineError::Kind::missing || attempt > 9) throw_engine_fault(std::current_exception());
        }
        store::Transaction txn(swift.store, {});
        auto now = txn.peek<Object>(object.account, object.container, object.name);
        if (!now || now->etag != object.etag) throw ObjectReplaced();
        object = std::move(*now);
    }
}

namespace {

constexpr int kMaxDepth = 10;
constexpr std::size_t kSegmentsAtOnce = 10'000;

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
        if (segment.data.empty())
            parts.push_back({.length = count, .text = {}, .open = [&swift, segment, offset, count] {
                                 return open_segment(swift, segment, offset, count);
                             }});
        else
            parts.push_back(
                {count, segment.data.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(count)), {}});
        length -= count;
        offset = 0;
    }
    return make_chain(std::move(parts));
}

// A large object with a part that may not be read is none that can be sent.
std::optional<Object> readable_segment(const SwiftCall& call, const ObjectPlace& place) {
    try {
        return segment_at(call, place);
    } catch (const Fault& fault) {
        if (fault.code() != Errc::forbidden && fault.code() != Errc::unauthorized) throw;
        return std::nullopt;
    }
}

Fault segment_changed(const ManifestEntry& entry) {
    return Fault::general(Errc::conflict)
        .detail("a segment is missing, has changed, or may not be read: " + entry.container + "/" + entry.name);
}

// Adds `length` bytes from `first` on of an object, of its segments when it is a large one itself. Who reads a large
// object must be allowed to read its segments.
http::Task<void> append_object(SwiftCall& call, const Object& object, std::uint64_t first, std::uint64_t length,
                               int depth, std::vector<Segment>& segments) {
    if (!object.is_static_large()) {
        segments.push_back({object.account, object.container, object.name, object.etag, first, length, {}});
        co_return;
    }
    if (depth >= kMaxDepth) throw Fault::general(Errc::conflict).detail("manifests are nested too deeply");
    const auto manifest = co_await manifest_of(call.module<Swift>(), object);
    for (const auto& entry : manifest) {
        if (first >= entry.length()) {
            first -= entry.length();
            continue;
        }
        if (length == 0) break;
        const auto count = std::min(length, entry.length() - first);
        if (entry.is_inline()) {
            const auto from = static_cast<std::size_t>(first), size = static_cast<std::size_t>(count);
            segments.push_back({.length = count, .data = entry.data.substr(from, size)});
        } else {
            const auto part = readable_segment(call, {object.account, entry.container, entry.name});
            if (!part || shown_etag(*part) != entry.etag) throw segment_changed(entry);
            co_await append_object(call, *part, entry.first + first, count, depth + 1, segments);
        }
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
    std::vector<Segment> segments;
    co_await append_object(call, object, 0, object.length, 0, segments);
    co_return segmented_content(swift, object, std::move(segments), object.static_etag);
}

std::vector<Object> dynamic_segments(SwiftCall& call, const Object& object) {
    const auto slash = object.dynamic_prefix.find('/');
    const std::string name = object.dynamic_prefix.substr(0, slash);
    std::vector<Object> found;
    store::Transaction txn(call.module<Swift>().store, {});
    const auto container = txn.peek<Container>(object.account, name);
    require_object_read(call, txn, {object.account, name, ""}, container ? &*container : nullptr);
    if (!container) throw object_missing();
    ListRequest request{.prefix = object.dynamic_prefix.substr(slash + 1), .limit = kSegmentsAtOnce};
    for (bool more = true; more;) {
        auto page = list_objects(txn, *container, request);
        more = page.size() == request.limit;
        for (auto& entry : page) found.push_back(std::move(std::get<Object>(entry)));
        if (!found.empty()) request.marker = found.back().name;
    }
    return found;
}

http::Task<Content> dynamic_content(SwiftCall& call, const Swift& swift, const Object& object) {
    std::vector<Segment> segments;
    std::string etags;
    for (auto& each : dynamic_segments(call, object)) {
        auto part = each.is_link() ? segment_at(call, place_of(each)) : std::optional(std::move(each));
        if (!part) throw object_missing();
        etags += shown_etag(*part);
        co_await append_object(call, *part, 0, part->length, 0, segments);
    }
    auto content = segmented_content(swift, object, std::move(segments), md5_of(etags));
    content.whole_ranges = true;
    co_return content;
}

// multipart-manifest=get&format=raw
http::Task<Content> raw_manifest(const Swift& swift, const Object& object) {
    auto text = to_raw_json(co_await manifest_of(swift, object));
    Content content{.length = text.size(), .etag = md5_of(text), .content_type = object.content_type, .open = {}};
    content.open = [text](std::uint64_t offset, std::uint64_t length) {
        return http::make_memory_source(
            text.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)));
    };
    co_return content;
}

}  // namespace

std::optional<Object> segment_at(const SwiftCall& call, const ObjectPlace& place) {
    try {
        return readable_object(call, place, std::nullopt, Links::follow).object;
    } catch (const Fault& fault) {
        if (fault.code() != Errc::not_found) throw;
        return std::nullopt;
    } catch (const OtherAnswer& dead_end) {
        return std::nullopt;
    }
}

http::Task<std::vector<ManifestEntry>> manifest_of(const Swift& swift, const Object& object) {
    const auto json = co_await read_whole(open_object(swift, object, 0, object.blob.length));
    co_return parse_manifest(json);
}

http::Task<Content> content_of(SwiftCall& call, const Object& object, bool as_manifest) {
    if (object.system.contains("ssec"))
        throw Fault(Errc::bad_request, "This object was encrypted with a key of its owner: S3 reads it with that key.");
    const auto& swift = call.module<Swift>();
    if (object.is_static_large() && as_manifest && call.query("format") == "raw")
        co_return co_await raw_manifest(swift, object);
    if (object.is_static_large() && !as_manifest) co_return co_await static_content(call, swift, object);
    if (object.is_dynamic_large() && !as_manifest) co_return co_await dynamic_content(call, swift, object);
    co_return plain_content(swift, object);
}

}  // namespace cumulet::objectstore::swift

// Static large objects: a manifest is checked against its segments once, when it is put.
#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/http/range.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_put.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/summary.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

// Adds what is wrong to `problems`.
void match(const WantedSegment& wanted, const Object& object, bool is_last, ManifestEntry& entry, Summary& problems) {
    const std::uint64_t length = object.length;
    const auto& etag = shown_etag(object);
    const auto wrong = [&](std::string why) {
        problems.errors.emplace_back(text::percent_encode(wanted.path, "/"), why);
    };
    entry.container = wanted.container;
    entry.name = wanted.name;
    entry.etag = etag;
    entry.bytes = length;
    entry.last = length - 1;
    entry.sub_manifest = object.is_static_large();
    entry.content_type = object.content_type;
    entry.last_modified = to_iso_naive(object.modified_at);
    if (!wanted.range.empty()) {
        const auto range = http::parse_range("bytes=" + wanted.range, length);
        if (range.kind != http::RangeKind::partial || range.ranges.size() != 1) {
            wrong("Unsatisfiable Range");
        } else if (range.ranges.front().first > 0 || range.ranges.front().last + 1 < length) {
            entry.has_range = true;
            entry.first = range.ranges.front().first;
            entry.last = range.ranges.front().last;
        }
    }
    if (length == 0 && !is_last) wrong("Too Small; each segment must be at least 1 byte.");
    if (wanted.bytes && *wanted.bytes != length) wrong("Size Mismatch");
    if (!wanted.etag.empty() && wanted.etag != etag) wrong("Etag Mismatch");
}

void match_one(const SwiftCall& call, const std::string& account, const WantedSegment& wanted, bool is_last,
               ManifestEntry& entry, Summary& problems) {
    if (!wanted.data.empty()) {
        entry.data = wanted.data;
        entry.bytes = wanted.data.size();
        entry.last = entry.bytes - 1;
        return;
    }
    const auto wrong = [&](std::string why) {
        problems.errors.emplace_back(text::percent_encode(wanted.path, "/"), why);
    };
    try {
        const auto object = segment_at(call, {account, wanted.container, wanted.name});
        if (!object) return wrong("404 Not Found");
        match(wanted, *object, is_last, entry, problems);
    } catch (const Fault& fault) {
        wrong(status_line(fault));
    }
}

// Throws OtherAnswer 400 with all that is wrong.
std::vector<ManifestEntry> match_all(const SwiftCall& call, const std::string& account,
                                     const std::vector<WantedSegment>& wanted) {
    std::vector<ManifestEntry> manifest(wanted.size());
    Summary problems{.status = "400 Bad Request"};
    for (std::size_t i = 0; i < wanted.size(); ++i)
        match_one(call, account, wanted[i], i + 1 == wanted.size(), manifest[i], problems);
    if (!problems.errors.empty()) throw OtherAnswer{Reply::text(400, as_text(call, problems, {}), summary_type(call))};
    return manifest;
}

http::Task<Object> commit_manifest(SwiftCall& call, Object object, const std::vector<ManifestEntry>& manifest) {
    const auto& swift = call.module<Swift>();
    object.dynamic_prefix.clear();
    object.headers.erase("X-Object-Manifest");
    object.static_etag = etag_of(manifest);
    object.length = 0;
    for (const auto& entry : manifest) object.length += entry.length();
    check_etag(call, object.static_etag);
    co_await commit_object(call, object, co_await upload_text(swift.engine, to_json(manifest)));
    co_return object;
}

// heartbeat=on: the answer begins at once and tells in its body how it went.
http::Task<Reply> put_with_heartbeat(SwiftCall& call, Object object, std::vector<WantedSegment> wanted) {
    Summary summary{.status = "201 Created"};
    SummaryLines more;
    std::vector<ManifestEntry> manifest(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
        match_one(call, object.account, wanted[i], i + 1 == wanted.size(), manifest[i], summary);
    if (!summary.errors.empty()) {
        summary.status = "400 Bad Request";
        summary.body =
            "Bad Request\nThe server could not comply with the request since it is either malformed or otherwise "
            "incorrect.";
    } else {
        try {
            const auto done = co_await commit_manifest(call, std::move(object), manifest);
            more = {{"Etag", "\"" + done.static_etag + "\""}, {"Last Modified", last_modified(done.modified_at)}};
        } catch (const Fault& fault) {
            summary.status = status_line(fault);
            summary.body = fmt::format("{}\n{}", api::info(fault.code()).title, fault.what());
        }
    }
    http::Response response;
    response.status = 202;
    response.headers.set("Content-Type", summary_type(call));
    response.body = make_unmeasured(" \r\n\r\n" + as_text(call, summary, more));
    co_return Reply::of(std::move(response));
}

}  // namespace

http::Task<Reply> put_manifest(SwiftCall& call, const ObjectPlace& place) {
    const auto& swift = call.module<Swift>();
    const auto body = co_await call.body_stream().read_all(swift.settings.max_manifest_size);
    auto wanted = parse_wanted(body, swift.settings, place.container + "/" + place.name);
    Object object = object_from_headers(call, place);
    if (says_true(call.query("heartbeat").value_or("")))
        co_return co_await put_with_heartbeat(call, std::move(object), std::move(wanted));
    const auto manifest = match_all(call, place.account, wanted);
    co_return created(co_await commit_manifest(call, std::move(object), manifest));
}

http::Task<Object> copy_manifest(SwiftCall& call, const Object& from, Object object) {
    const auto kept = co_await manifest_of(call.module<Swift>(), from);
    const auto manifest = match_all(call, object.account, to_wanted(kept));
    co_return co_await commit_manifest(call, std::move(object), manifest);
}

}  // namespace cumulet::objectstore::swift

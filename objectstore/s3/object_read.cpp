#include "objectstore/s3/object_read.hpp"

#include "common/http/range.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/caller.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_parts.hpp"
#include "objectstore/s3/paging.hpp"
#include "objectstore/s3/sealed.hpp"
#include "objectstore/s3/times.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/object_get.hpp"
#include "objectstore/swift/read_anew.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

bool range_holds(const S3Call& call, const Object& object) {
    const auto condition = call.header("If-Range");
    if (!condition) return true;
    if (const auto time = parse_http_date(*condition)) return object.modified_at < *time + std::chrono::seconds(1);
    return plain_etag(*condition) == shown_etag(object);
}

// AWS serves the whole where several ranges are asked for; here each is sent, as Swift does.
std::vector<http::ByteRange> asked_ranges(const S3Call& call, const Object& object, std::uint64_t length) {
    const auto sent = call.header("Range");
    if (!sent || !range_holds(call, object)) return {};
    auto asked = http::parse_range(*sent, length);
    if (asked.kind == http::RangeKind::unsatisfiable)
        throw S3Error("InvalidRange")
            .with("RangeRequested", std::string(*sent))
            .with("ActualObjectSize", std::to_string(length))
            .header("Content-Range", http::content_range_unsatisfied(length));
    return std::move(asked.ranges);
}

void answer_bytes(const S3Call& call, const swift::Content& content, const std::vector<http::ByteRange>& ranges,
                  http::Response& response) {
    if (ranges.size() > 1) {
        const auto boundary = call.http.random().hex_uuid();
        response.status = 206;
        response.headers.set("Content-Type", "multipart/byteranges;boundary=" + boundary);
        response.body = swift::byteranges_of(content, ranges, boundary);
        return;
    }
    if (!ranges.empty()) {
        response.status = 206;
        response.headers.set("Content-Range", http::content_range(ranges.front(), content.length));
    }
    const std::uint64_t first = ranges.empty() ? 0 : ranges.front().first;
    const std::uint64_t length = ranges.empty() ? content.length : ranges.front().length();
    if (call.http.request().method == http::Method::head || length == 0)
        response.announced_length = length;
    else
        response.body = content.open(first, length);
}

// The part that partNumber asks for, as a range; the count of parts goes to `count`, and the part's checksum in place
// of the whole object's to the headers.
std::optional<http::ByteRange> asked_part(const S3Call& call, const Object& object, std::size_t& count,
                                          http::Headers& headers) {
    const auto sent = call.query("partNumber");
    if (!sent) return std::nullopt;
    if (call.header("Range"))
        throw S3Error("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
    const auto number = number_in_query(call, "partNumber", 0, INT32_MAX);
    auto parts = parts_of(object);
    count = parts.size();
    if (parts.empty()) parts.push_back({.length = object.length});
    if (number < 1 || number > parts.size()) throw S3Error("InvalidPartNumber");
    std::uint64_t first = 0;
    for (std::size_t i = 0; i + 1 < number; ++i) first += parts[i].length;
    const auto& part = parts[number - 1];
    if (const auto sum = object_checksum(object);
        sum && !part.checksum.empty() && headers.has(checksum_header(sum->kind)))
        headers.set(checksum_header(sum->kind), part.checksum);
    if (part.length == 0) return std::nullopt;
    return http::ByteRange{first, first + part.length - 1};
}

http::Task<swift::Content> content_of(S3Call& call, const Object& object) {
    if (const auto key = sent_client_key(call)) co_return sealed_content(call, object, *key);
    swift::SwiftCall swift_call(call.http);
    co_return co_await swift::content_of(swift_call, object, false);
}

// A newer delete marker hides the name.
void say_deleted(const S3Call& call, store::Transaction& txn) {
    const auto newest = txn.scan<Version>({.limit = 1}, call.container.account, call.container.name, call.object);
    auto error = S3Error("NoSuchKey").with("Key", call.object);
    if (newest.empty() || !newest.front().delete_marker) throw error;
    throw std::move(error)
        .header("x-amz-delete-marker", "true")
        .header("x-amz-version-id", version_id_of(newest.front().object));
}

}  // namespace

Object authorized_object(S3Call& call, std::string_view action, Grant grant) {
    const auto version = call.query_or("versionId", "");
    const bool plain = version.empty();
    // The actions on versions have names of their own.
    const std::string on_version = std::string(action) + "Version";
    return authorized_object(call, plain ? action : std::string_view(on_version), grant, version);
}

Object authorized_object(S3Call& call, std::string_view action, Grant grant, const std::string& version_id) {
    auto txn = call.reading();
    std::optional<FoundVersion> found;
    if (!version_id.empty()) {
        found = find_version(txn, call.container, call.object, version_id);
    } else if (auto current = txn.peek<Object>(call.container.account, call.container.name, call.object)) {
        if (!current->expired(call.now())) found = FoundVersion{std::move(*current), false, true};
    }
    const auto acl = found ? std::optional(acl_of(call, found->object).text()) : std::nullopt;
    if (!found && !is_allowed(call, "s3:ListBucket", Grant::read, "")) throw S3Error("AccessDenied");
    if (found) authorize(call, action, grant, call.object, &*acl, &found->object);
    if (!found && version_id.empty()) say_deleted(call, txn);
    if (!found && version_id != "null" && !time_of_version_id(version_id))
        throw S3Error("InvalidArgument", "Invalid version id specified").with("ArgumentName", "versionId");
    if (!found) throw S3Error("NoSuchVersion").with("Key", call.object).with("VersionId", version_id);
    if (found->delete_marker)
        throw S3Error("MethodNotAllowed")
            .with("Method", std::string(http::to_string(call.http.request().method)))
            .header("x-amz-delete-marker", "true")
            .header("x-amz-version-id", version_id_of(found->object))
            .header("Allow", "DELETE");
    return std::move(found->object);
}

FoundVersion guarded_version(const S3Call& call, store::Transaction& txn, const Container& container) {
    const auto id = call.query_or("versionId", "");
    if (id.empty()) {
        auto object = txn.get<Object>(container.account, container.name, call.object);
        if (!object || object->expired(call.now())) throw S3Error("NoSuchKey").with("Key", call.object);
        return {std::move(*object), false, true};
    }
    auto found = find_version(txn, container, call.object, id);
    if (!found) throw S3Error("NoSuchVersion").with("VersionId", id);
    if (found->delete_marker) throw S3Error("MethodNotAllowed");
    return std::move(*found);
}

void put_version(store::Transaction& txn, const FoundVersion& version) {
    if (version.is_current)
        txn.put(version.object, "changed");
    else
        txn.put(Version{version.object, version.delete_marker}, "changed");
    txn.without_log();
}

Object at_end_of_links(const S3Call& call, Object object) {
    for (auto left = call.swift().settings.max_links; object.is_link(); --left) {
        if (left == 0) throw S3Error("InvalidRequest", "Too many levels of symbolic links.");
        const auto place = swift::place_of(object.link, object.account);
        const Link link = object.link;
        S3Call target{.http = call.http,
                      .s3 = call.s3,
                      .operation = call.operation,
                      .key = call.key,
                      .bucket = place.container,
                      .object = place.name};
        auto txn = call.reading();
        auto container = txn.peek<Container>(place.account, place.container);
        auto found = txn.peek<Object>(place.account, place.container, place.name);
        if (!container || !found || found->expired(call.now())) throw S3Error("NoSuchKey").with("Key", call.object);
        target.container = std::move(*container);
        find_rights(target);
        const auto acl = acl_of(target, *found).text();
        authorize(target, "s3:GetObject", Grant::read, place.name, &acl, &*found);
        if (link.is_static() && link.etag != (found->link.is_static() ? found->link.etag : found->etag))
            throw S3Error("OperationAborted", "What the link leads to has changed.");
        object = std::move(*found);
    }
    return object;
}

namespace {

http::Task<Reply> read_once(S3Call& call) {
    const auto object = at_end_of_links(call, authorized_object(call, "s3:GetObject", Grant::read));
    if (call.header("x-amz-server-side-encryption"))
        throw S3Error("InvalidArgument", "x-amz-server-side-encryption header is not supported for this operation.")
            .with("ArgumentName", "x-amz-server-side-encryption");
    require_client_key(call, object);
    http::Response response;
    show_headers(call, object, response.headers);
    const auto content = co_await content_of(call, object);
    if (!content.content_type.empty()) response.headers.set("Content-Type", content.content_type);
    override_headers(call, response.headers);
    switch (judge_conditions(call, object)) {
        case Verdict::not_modified:
            throw S3Error("NotModified")
                .header("ETag", quoted_etag(object))
                .header("Accept-Ranges", "bytes")
                .header("Last-Modified", http_date(object.modified_at));
        case Verdict::failed:
            throw S3Error("PreconditionFailed");
        case Verdict::proceed:
            break;
    }
    std::size_t parts = 0;
    const auto part = asked_part(call, object, parts, response.headers);
    if (parts > 0) response.headers.set("x-amz-mp-parts-count", std::to_string(parts));
    auto ranges = part ? std::vector{*part} : asked_ranges(call, object, content.length);
    if (content.whole_ranges && ranges.size() > 1) ranges.clear();
    answer_bytes(call, content, ranges, response);
    co_return Reply::of(std::move(response));
}

}  // namespace

http::Task<Reply> get_object(S3Call& call) { return swift::read_anew(read_once, call); }

}  // namespace cumulet::objectstore::s3

#include "objectstore/s3/object_read.hpp"

#include "common/http/range.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/swift/large_objects.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

bool range_holds(const S3Call& call, const Object& object) {
    const auto condition = call.header("If-Range");
    if (!condition) return true;
    if (const auto time = parse_http_date(*condition)) return object.modified_at < *time + std::chrono::seconds(1);
    return plain_etag(*condition) == shown_etag(object);
}

// Of several ranges S3 serves the whole.
std::optional<http::ByteRange> asked_range(const S3Call& call, const Object& object, std::uint64_t length) {
    const auto sent = call.header("Range");
    if (!sent || !range_holds(call, object)) return std::nullopt;
    const auto asked = http::parse_range(*sent, length);
    if (asked.kind == http::RangeKind::unsatisfiable)
        throw S3Error("InvalidRange")
            .with("RangeRequested", std::string(*sent))
            .with("ActualObjectSize", std::to_string(length))
            .header("Content-Range", http::content_range_unsatisfied(length));
    if (asked.ranges.size() != 1) return std::nullopt;
    return asked.ranges.front();
}

}  // namespace

Object authorized_object(S3Call& call, std::string_view action, Grant grant) {
    auto txn = call.reading();
    auto object = txn.peek<Object>(call.container.account, call.container.name, call.object);
    if (object && object->expired(call.now())) object.reset();
    authorize(call, action, grant, call.object);
    if (!object) {
        if (!is_allowed(call, "s3:ListBucket", Grant::read, "")) throw S3Error("AccessDenied");
        throw S3Error("NoSuchKey").with("Key", call.object);
    }
    return std::move(*object);
}

http::Task<Reply> get_object(S3Call& call) {
    const auto object = authorized_object(call, "s3:GetObject", Grant::read);
    swift::SwiftCall swift_call(call.http);
    const auto content = co_await swift::content_of(swift_call, object, false);
    http::Response response;
    show_headers(call, object, response.headers);
    response.headers.set("Content-Type", content.content_type);
    override_headers(call, response.headers);
    switch (judge_conditions(call, object)) {
        case Verdict::not_modified:
            throw S3Error("NotModified").header("ETag", quoted_etag(object));
        case Verdict::failed:
            throw S3Error("PreconditionFailed");
        case Verdict::proceed:
            break;
    }
    const auto range = asked_range(call, object, content.length);
    if (range) {
        response.status = 206;
        response.headers.set("Content-Range", http::content_range(*range, content.length));
    }
    const std::uint64_t first = range ? range->first : 0, length = range ? range->length() : content.length;
    if (call.http.request().method == http::Method::head || length == 0)
        response.announced_length = length;
    else
        response.body = content.open(first, length);
    co_return Reply::of(std::move(response));
}

}  // namespace cumulet::objectstore::s3

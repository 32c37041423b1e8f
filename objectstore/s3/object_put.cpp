#include "common/runtime/text.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_write.hpp"
#include "objectstore/s3/payload.hpp"
#include "objectstore/swift/quotas.hpp"

namespace cumulet::objectstore::s3 {

using api::Reply;

Object object_from_request(const S3Call& call) {
    Object object{.account = call.container.account, .container = call.container.name, .name = call.object};
    take_headers(call, object);
    return object;
}

http::Task<Object> commit_object(S3Call& call, Write write) {
    const auto& swift = call.swift();
    Object& object = write.object;
    std::optional<Blob> gone;
    co_await call.http.transact([&](store::Transaction& txn) {
        const auto container = call.guarded_container(txn);
        const auto old = txn.get<Object>(object.account, object.container, object.name);
        const bool there = old && !old->expired(swift.clock.now());
        check_write_conditions(call, there ? &*old : nullptr);
        // The order of commits is the order of versions, also where a clock stands still.
        object.modified_at = shown_precision(swift.clock.now());
        if (old && object.modified_at <= old->modified_at) object.modified_at = old->modified_at + Duration(10);
        if (write.also) write.also(txn);
        const auto bounds = swift::quota_bounds(txn, container);
        swift::check_bounds(txn, container, bounds, object, old);
        gone = objectstore::put_object(txn, swift.engine, container, object, bounds);
    });
    if (gone) swift.engine.discard(*gone);
    co_return std::move(object);
}

void show_written(const Object& object, http::Headers& headers) { headers.set("ETag", quoted_etag(object)); }

http::Task<Reply> put_object(S3Call& call) {
    if (call.header("x-amz-copy-source")) co_return co_await copy_object(call);
    Write write{.object = object_from_request(call)};
    PayloadReader payload(call);
    if (!payload.length()) throw S3Error("MissingContentLength");
    if (*payload.length() > call.s3.settings.max_put_bytes) throw S3Error("EntityTooLarge");
    {
        auto txn = call.reading();
        swift::check_quota(txn, call.container, *payload.length());
        const auto there = txn.peek<Object>(call.container.account, call.container.name, call.object);
        check_write_conditions(call, there && !there->expired(call.now()) ? &*there : nullptr);
    }
    auto uploaded = co_await swift::upload_body(call.swift().engine, payload, payload.length(),
                                                call.s3.settings.max_put_bytes, call.container.account);
    co_await payload.finish(uploaded.etag);
    write.object.etag = uploaded.etag;
    write.object.blob = uploaded.blob;
    write.object.length = uploaded.blob.length;
    const auto object = co_await commit_object(call, std::move(write));
    uploaded.writer->keep();
    Reply reply = Reply::text(200, "", "application/xml");
    auto& headers = reply.response().headers;
    headers.remove("Content-Type");
    show_written(object, headers);
    if (const auto& sum = payload.checksum()) headers.set(checksum_header(sum->kind), sum->value);
    co_return reply;
}

}  // namespace cumulet::objectstore::s3

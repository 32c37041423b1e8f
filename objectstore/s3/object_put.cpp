#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_write.hpp"
#include "objectstore/s3/payload.hpp"
#include "objectstore/swift/quotas.hpp"

namespace cumulet::objectstore::s3 {

using api::Reply;

Object object_from_request(const S3Call& call) {
    Object object{.account = call.container.account, .container = call.container.name, .name = call.object};
    take_headers(call, object);
    take_attributes(call, object);
    return object;
}

namespace {

// Fills up to one block; fewer bytes at the end only.
template <class Source>
http::Task<std::string> next_block(Source& source, std::size_t size) {
    std::string block(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        const auto count = co_await source.read(std::span(block).subspan(filled));
        if (count == 0) break;
        filled += count;
    }
    block.resize(filled);
    co_return block;
}

// Takes `length` bytes of the source, or what there is.
template <class Source>
http::Task<Stored> store_sealed(S3Call& call, Source& source, std::uint64_t limit, Sealer* sealer) {
    swift::Upload upload(call.swift().engine, std::nullopt, call.container.account);
    Digest md5(Hash::md5);
    Stored stored;
    for (bool more = true; more;) {
        auto block = co_await next_block(source, Sealer::kBlock);
        more = block.size() == Sealer::kBlock;
        if (block.empty()) break;
        md5.add(block);
        stored.length += block.size();
        if (stored.length > limit) throw S3Error("EntityTooLarge");
        co_await upload.add(sealer ? sealer->seal(block) : std::move(block));
    }
    stored.uploaded = co_await upload.finish();
    stored.etag = text::to_hex(md5.take());
    co_return stored;
}

}  // namespace

http::Task<Stored> store_payload(S3Call& call, PayloadReader& payload, Sealer* sealer) {
    const auto limit = call.s3.settings.max_put_bytes;
    if (sealer) {
        auto stored = co_await store_sealed(call, payload, limit, sealer);
        co_await payload.finish(stored.etag);
        co_return stored;
    }
    Stored stored;
    stored.uploaded =
        co_await swift::upload_body(call.swift().engine, payload, payload.length(), limit, call.container.account);
    stored.etag = stored.uploaded.etag;
    stored.length = stored.uploaded.blob.length;
    co_await payload.finish(stored.etag);
    co_return stored;
}

http::Task<Stored> store_content(S3Call& call, const swift::Content& content, std::uint64_t first, std::uint64_t length,
                                 Sealer* sealer) {
    const auto source = length > 0 ? swift::make_source(content.open(first, length)) : http::make_memory_source("");
    co_return co_await store_sealed(call, *source, length, sealer);
}

void take_stored(const Stored& stored, Object& object) {
    object.etag = stored.etag;
    object.blob = stored.uploaded.blob;
    object.length = stored.length;
}

http::Task<Object> commit_object(S3Call& call, Write write) {
    const auto& swift = call.swift();
    const Object made = std::move(write.object);
    Object object;
    std::optional<Blob> gone;
    co_await call.http.transact([&](store::Transaction& txn) {
        object = made;
        const auto container = call.guarded_container(txn);
        const auto old = txn.get<Object>(object.account, object.container, object.name);
        const bool there = old && !old->expired(swift.clock.now());
        check_write_conditions(call, there ? &*old : nullptr);
        // The order of commits is the order of versions, also where a clock stands still.
        object.modified_at = shown_precision(swift.clock.now());
        if (old && object.modified_at <= old->modified_at) object.modified_at = old->modified_at + Duration(10);
        if (write.also) write.also(txn, object);
        const auto bounds = swift::quota_bounds(txn, container);
        swift::check_bounds(txn, container, bounds, object, old);
        gone = objectstore::put_object(txn, swift.engine, container, object, bounds);
    });
    if (gone) swift.engine.discard(*gone);
    co_return object;
}

void show_written(const S3Call& call, const Object& object, http::Headers& headers) {
    headers.set("ETag", quoted_etag(object));
    // A null version is told to readers only.
    if (object.versioned) show_version(call, object, headers);
    show_sealing(object, headers);
}

http::Task<Object> put_payload(S3Call& call, PayloadReader& payload) {
    Write write{.object = object_from_request(call)};
    if (payload.length().value_or(0) > call.s3.settings.max_put_bytes) throw S3Error("EntityTooLarge");
    {
        auto txn = call.reading();
        swift::check_quota(txn, call.container, payload.length().value_or(0));
        const auto there = txn.peek<Object>(call.container.account, call.container.name, call.object);
        check_write_conditions(call, there && !there->expired(call.now()) ? &*there : nullptr);
    }
    const auto sealer = sealer_for(call, write.object);
    const auto stored = co_await store_payload(call, payload, sealer.get());
    take_stored(stored, write.object);
    if (const auto& sum = payload.checksum())
        write.object.system["checksum"] = std::string(checksum_name(sum->kind)) + "=" + sum->value;
    auto object = co_await commit_object(call, std::move(write));
    stored.uploaded.writer->keep();
    co_return object;
}

http::Task<Reply> put_object(S3Call& call) {
    if (call.s3.settings.as_swift)
        for (const auto* name : {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"})
            if (call.header(name)) throw S3Error("NotImplemented").with("Header", name);
    if (call.header("x-amz-copy-source")) co_return co_await copy_object(call);
    PayloadReader payload(call);
    // Without a length it comes in HTTP's chunks, and the limit is looked at while it comes.
    if (!payload.length() && !call.header("Transfer-Encoding")) throw S3Error("MissingContentLength");
    const auto object = co_await put_payload(call, payload);
    Reply reply = Reply::empty(200);
    auto& headers = reply.response().headers;
    show_written(call, object, headers);
    if (const auto& sum = payload.checksum()) headers.set(checksum_header(sum->kind), sum->value);
    co_return reply;
}

}  // namespace cumulet::objectstore::s3

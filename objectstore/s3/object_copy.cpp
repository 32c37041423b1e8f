#include "common/runtime/text.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_write.hpp"
#include "objectstore/s3/times.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/large_objects.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

constexpr std::size_t kPieceBytes = 128 * 1024;

http::Task<swift::Uploaded> copy_bytes(ObjectEngine& engine, const swift::Content& content,
                                       const std::string& account) {
    swift::Upload upload(engine, content.length, account);
    const auto source = content.length > 0 ? swift::make_source(content.open(0, content.length)) : nullptr;
    while (source) {
        auto piece = co_await upload.piece(kPieceBytes);
        const auto count = co_await source->read(piece.bytes);
        if (count == 0) break;
        piece.bytes.resize(count);
        co_await upload.add(std::move(piece));
    }
    co_return co_await upload.finish();
}

// COPY or REPLACE.
bool replaces(const S3Call& call, std::string_view header) {
    const auto sent = call.header(header);
    if (!sent || *sent == "COPY") return false;
    if (*sent == "REPLACE") return true;
    throw S3Error("InvalidArgument", "Unknown " + std::string(header) + ".").with("ArgumentName", std::string(header));
}

}  // namespace

CopySource copy_source(S3Call& call) {
    const auto bad = [] {
        return S3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
            .with("ArgumentName", "x-amz-copy-source");
    };
    std::string_view sent = *call.header("x-amz-copy-source");
    const auto mark = sent.find('?');
    auto path = text::percent_decode(sent.substr(0, mark));
    if (!path || !text::is_utf8(*path)) throw bad();
    if (path->starts_with('/')) path->erase(0, 1);
    const auto slash = path->find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == path->size()) throw bad();
    S3Call source{.http = call.http,
                  .s3 = call.s3,
                  .operation = call.operation,
                  .claim = call.claim,
                  .key = call.key,
                  .bucket = path->substr(0, slash),
                  .object = path->substr(slash + 1)};
    auto txn = call.reading();
    auto container = find_bucket(txn, call.own_account(), source.bucket);
    if (!container) throw S3Error("NoSuchBucket").with("BucketName", source.bucket);
    source.container = std::move(*container);
    source.owns = !call.anonymous() && swift::owns(swift::SwiftCall(call.http), source.container.account);
    authorize(source, "s3:GetObject", Grant::read, source.object);
    auto object = txn.peek<Object>(source.container.account, source.container.name, source.object);
    if (!object || object->expired(call.now())) throw S3Error("NoSuchKey").with("Key", source.object);
    if (judge_conditions(call, *object, "x-amz-copy-source-") != Verdict::proceed) throw S3Error("PreconditionFailed");
    return {std::move(*object), source.bucket};
}

http::Task<Reply> copy_object(S3Call& call) {
    const auto source = copy_source(call);
    const auto& from = source.object;
    const bool replace = replaces(call, "x-amz-metadata-directive");
    Write write{.object = object_from_request(call)};
    auto& object = write.object;
    if (!replace) {
        object.content_type = from.content_type;
        object.headers = from.headers;
        object.metadata = from.metadata;
    }
    const bool onto_itself =
        from.account == object.account && from.container == object.container && from.name == object.name;
    if (onto_itself && !replace)
        throw S3Error("InvalidRequest",
                      "This copy request is illegal because it is trying to copy an object to itself "
                      "without changing the object's metadata, storage class, website redirect "
                      "location or encryption attributes.");
    swift::SwiftCall swift_call(call.http);
    const auto content = co_await swift::content_of(swift_call, from, false);
    if (content.length > call.s3.settings.max_put_bytes)
        throw S3Error("InvalidRequest",
                      "The specified copy source is larger than the maximum allowable size for a "
                      "copy source: 5368709120");
    auto uploaded = co_await copy_bytes(call.swift().engine, content, call.container.account);
    object.etag = uploaded.etag;
    object.blob = uploaded.blob;
    object.length = uploaded.blob.length;
    const auto written = co_await commit_object(call, std::move(write));
    uploaded.writer->keep();
    XmlOut out("CopyObjectResult");
    out.add("LastModified", iso_millis(written.modified_at)).add("ETag", quoted_etag(written));
    co_return xml_reply(out);
}

}  // namespace cumulet::objectstore::s3

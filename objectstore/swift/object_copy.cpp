#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_put.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

constexpr std::size_t kPieceBytes = 128 * 1024;

// What the copy keeps of its source: everything that the request does not say otherwise.
void inherit(const SwiftCall& call, const Object& from, bool as_manifest, Object& to) {
    const auto type = call.header("Content-Type");
    if (!type || type->empty()) to.content_type = from.content_type;
    if (as_manifest) {
        to.static_etag = from.static_etag;
        to.dynamic_prefix = from.dynamic_prefix;
        if (from.is_static_large()) to.length = from.length;
    }
    if (says_true(call.header("X-Fresh-Metadata").value_or(""))) return;
    to.metadata.insert(from.metadata.begin(), from.metadata.end());
    to.headers.insert(from.headers.begin(), from.headers.end());
    if (!to.delete_at) to.delete_at = from.delete_at;
}

http::Task<Uploaded> copy_bytes(ObjectEngine& engine, const Content& content) {
    Upload upload(engine, content.length);
    const auto source = content.length > 0 ? make_source(content.open(0, content.length)) : nullptr;
    while (source) {
        auto piece = co_await upload.piece(kPieceBytes);
        const auto count = co_await source->read(piece.bytes);
        if (count == 0) break;
        piece.bytes.resize(count);
        co_await upload.add(std::move(piece));
    }
    co_return co_await upload.finish();
}

}  // namespace

http::Task<Reply> copy_between(SwiftCall& call, const ObjectPlace& from, const std::optional<std::string>& version,
                               const ObjectPlace& to) {
    const auto& swift = call.module<Swift>();
    const auto found = readable_object(call, from, version, asked_links(call));
    const auto& source = found.object;
    {
        store::Transaction txn(swift.store, {});
        writable_container(call, txn, to);
    }
    const bool as_manifest = call.query("multipart-manifest") == "get";
    const auto content = co_await content_of(call, source, as_manifest);
    if (content.length > swift.settings.max_file_size) throw Fault(Errc::too_large, "Your request is too large.");
    Object object = object_from_headers(call, to);
    inherit(call, source, as_manifest, object);
    object.link = source.link;
    co_await commit_object(call, object, co_await copy_bytes(swift.engine, content));
    Reply reply = created(object);
    auto& headers = reply.response().headers;
    headers.set("X-Copied-From", text::percent_encode(from.container + "/" + from.name, "/"));
    headers.set("X-Copied-From-Account", from.account);
    headers.set("X-Copied-From-Last-Modified", last_modified(source.modified_at));
    show_metadata(headers, "X-Object-Meta-", object.metadata);
    co_return reply;
}

http::Task<Reply> copy_object(SwiftCall& call) {
    const auto from = place_of(call);
    std::string account = from.account;
    if (const auto other = call.header("Destination-Account"); other && !other->empty()) account = *other;
    const auto to = place_from_header(call, "Destination", account);
    co_return co_await copy_between(call, from, asked_version(call), to);
}

}  // namespace cumulet::objectstore::swift

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/http/range.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/links.hpp"
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
        to.dynamic_prefix = from.dynamic_prefix;
    }
    if (says_true(call.header("X-Fresh-Metadata").value_or(""))) return;
    to.metadata.insert(from.metadata.begin(), from.metadata.end());
    const bool named = to.headers.contains("X-Object-Manifest");
    to.headers.insert(from.headers.begin(), from.headers.end());
    if (!as_manifest && !named) to.headers.erase("X-Object-Manifest");
    if (!to.delete_at) to.delete_at = from.delete_at;
}

// Offset and length: all, or the range that the request names.
std::pair<std::uint64_t, std::uint64_t> range_to_copy(const SwiftCall& call, const Content& content) {
    const auto asked = call.header("Range");
    if (!asked) return {0, content.length};
    const auto found = http::parse_range(*asked, content.length);
    if (found.kind == http::RangeKind::unsatisfiable)
        throw Fault(Errc::range_not_satisfiable, "The Range requested is not available.");
    if (found.kind != http::RangeKind::partial || found.ranges.size() != 1) return {0, content.length};
    return {found.ranges.front().first, found.ranges.front().length()};
}

Reply copied(const FoundObject& found, const ObjectPlace& from, const Object& object) {
    Reply reply = created(object);
    auto& headers = reply.response().headers;
    headers.set("X-Copied-From", text::percent_encode(from.container + "/" + from.name, "/"));
    headers.set("X-Copied-From-Account", from.account);
    headers.set("X-Copied-From-Last-Modified", last_modified(found.object.modified_at));
    show_metadata(headers, "X-Object-Meta-", object.metadata);
    return reply;
}

http::Task<Uploaded> copy_bytes(ObjectEngine& engine, const Content& content,
                                std::pair<std::uint64_t, std::uint64_t> range) {
    Upload upload(engine, range.second);
    const auto source = range.second > 0 ? make_source(content.open(range.first, range.second)) : nullptr;
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
    const auto range = range_to_copy(call, content);
    if (range.second > swift.settings.max_file_size) throw Fault(Errc::too_large, "Your request is too large.");
    Object object = object_from_headers(call, to);
    inherit(call, source, as_manifest, object);
    if (source.is_link()) {
        object.link = source.link;
        if (const auto account = sent_target_account(call); !account.empty()) object.link.account = account;
    }
    if (as_manifest && source.is_static_large()) {
        object = co_await copy_manifest(call, source, std::move(object));
        co_return copied(found, from, object);
    }
    co_await commit_object(call, object, co_await copy_bytes(swift.engine, content, range));
    co_return copied(found, from, object);
}

http::Task<Reply> copy_object(SwiftCall& call) {
    const auto from = place_of(call);
    std::string account = from.account;
    if (const auto other = call.header("Destination-Account"); other && !other->empty()) account = *other;
    const auto to = place_from_header(call, "Destination", account);
    co_return co_await copy_between(call, from, asked_version(call), to);
}

}  // namespace cumulet::objectstore::swift

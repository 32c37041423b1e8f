#include "objectstore/swift/object_change.hpp"

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "objectstore/model/sync_change.hpp"
#include "objectstore/swift/bulk_delete.hpp"
#include "objectstore/swift/form_post.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

Object guarded_object(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place) {
    writable_container(call, txn, place);
    auto object = txn.get<Object>(place.account, place.container, place.name);
    if (!object || object->expired(call.now())) throw object_missing();
    return std::move(*object);
}

}  // namespace

// A POST replaces all that may be changed; what it does not name goes, but for the content type.
http::Task<Reply> post_object(SwiftCall& call) {
    const auto place = place_of(call);
    const auto& swift = call.module<Swift>();
    if (is_form_post(call)) co_return co_await post_form(call, place.account, place.container, place.name);
    co_await call.skip_body();
    if (asked_version(call)) throw Fault(Errc::bad_request, "POST to a specific version is not allowed");
    if (makes_link(call)) throw Fault(Errc::bad_request, "A PUT request is required to set a symlink target");
    Link link;
    co_await call.transact([&](store::Transaction& txn) {
        Object object = guarded_object(call, txn, place);
        require_unlocked(object, call.now());
        object.metadata = sent_metadata(call, "X-Object-Meta-");
        object.headers = sent_object_headers(call);
        object.delete_at = sent_delete_at(call, call.now());
        object.dynamic_prefix = sent_dynamic_prefix(call);
        if (const auto type = call.header("Content-Type"); type && !type->empty()) object.content_type = *type;
        const auto before = object.modified_at;
        object.modified_at = std::max(shown_precision(swift.clock.now()), before + Duration(10));
        change_object(txn, object);
        link = object.link;
    });
    // What was said went to the link itself; what the client meant is perhaps what it leads to.
    if (link.set()) {
        Reply reply = Reply::text(307,
                                  "The requested POST was applied to a symlink. POST directly to the target to apply "
                                  "requested metadata.",
                                  "text/plain");
        reply.response().headers.set("Location", url_of(place_of(link, place.account)));
        if (link.is_static()) reply.response().headers.set("X-Symlink-Target-Etag", link.etag);
        co_return reply;
    }
    co_return Reply::text(202, "", "text/html; charset=UTF-8");
}

http::Task<Reply> delete_object(SwiftCall& call) {
    const auto place = place_of(call);
    const auto& swift = call.module<Swift>();
    if (call.query("bulk-delete")) co_return co_await bulk_delete(call, place.account);
    if (call.query("multipart-manifest") == "delete" && !is_temp_url(call))
        co_return co_await delete_with_segments(call, place);
    Removed removed;
    co_await call.transact([&](store::Transaction& txn) {
        const auto container = writable_container(call, txn, place);
        check_if_delete_at(call, call.header("X-If-Delete-At")
                                     ? txn.get<Object>(place.account, place.container, place.name)
                                     : std::nullopt);
        if (const auto at = call.synced_at()) {
            const auto object = txn.get<Object>(place.account, place.container, place.name);
            if (object && object->modified_at > *at) throw Fault::general(Errc::conflict);
        }
        removed = remove_object(call, txn, container, place.name, asked_version(call));
        // What goes on to the next cluster is when it was deleted, not when we heard of it.
        if (call.synced_at() && removed.found) note_change(txn, container, place.name, *call.synced_at());
    });
    if (removed.gone) swift.engine.discard(*removed.gone);
    Reply reply = removed.found ? Reply::text(204, "", "text/html; charset=UTF-8")
                                : Reply::text(404, page_of(Errc::not_found), "text/html; charset=UTF-8");
    auto& headers = reply.response().headers;
    if (!removed.version.empty()) headers.set("X-Object-Version-Id", removed.version);
    if (!removed.current.empty()) headers.set("X-Object-Current-Version-Id", removed.current);
    co_return reply;
}

}  // namespace cumulet::objectstore::swift

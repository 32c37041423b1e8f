#include "objectstore/swift/object_change.hpp"

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "objectstore/swift/bulk_delete.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

Object guarded_object(const api::Call& call, store::Transaction& txn, const ObjectPlace& place) {
    writable_container(call, txn, place);
    auto object = txn.get<Object>(place.account, place.container, place.name);
    if (!object || object->expired(call.now())) throw object_missing();
    return std::move(*object);
}

}  // namespace

// A POST replaces all that may be changed; what it does not name goes, but for the content type.
http::Task<Reply> post_object(api::StreamCall& call) {
    const auto place = place_of(call);
    const auto& swift = call.module<Swift>();
    co_await call.transact([&](store::Transaction& txn) {
        Object object = guarded_object(call, txn, place);
        object.metadata = sent_metadata(call, "X-Object-Meta-");
        object.headers = sent_object_headers(call);
        object.delete_at = sent_delete_at(call, call.now());
        object.dynamic_prefix = sent_dynamic_prefix(call);
        if (const auto type = call.header("Content-Type"); type && !type->empty()) object.content_type = *type;
        const auto before = object.modified_at;
        object.modified_at = std::max(shown_precision(swift.clock.now()), before + Duration(10));
        change_object(txn, object);
    });
    co_return Reply::text(202, "", "text/html; charset=UTF-8");
}

http::Task<Reply> delete_object(api::StreamCall& call) {
    const auto place = place_of(call);
    const auto& swift = call.module<Swift>();
    if (call.query("multipart-manifest") == "delete") co_return co_await delete_with_segments(call, place);
    Blob blob;
    co_await call.transact([&](store::Transaction& txn) {
        const Object object = guarded_object(call, txn, place);
        blob = object.blob;
        erase_object(txn, swift.engine, object, "deleted");
    });
    swift.engine.discard(blob);
    co_return Reply::text(204, "", "text/html; charset=UTF-8");
}

}  // namespace cumulet::objectstore::swift

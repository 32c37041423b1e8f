#include "objectstore/swift/object_put.hpp"

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/bulk_upload.hpp"
#include "objectstore/swift/container_sync.hpp"
#include "objectstore/swift/content_types.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/quotas.hpp"
#include "objectstore/swift/quoted_etags.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

bool must_be_new(const SwiftCall& call) {
    const auto none = call.header("If-None-Match");
    if (!none) return false;
    if (text::trim(*none) != "*") throw Fault(Errc::bad_request, "If-None-Match only supports *");
    return true;
}

// What can be refused before a byte is read.
void check_before_body(SwiftCall& call, const ObjectPlace& place) {
    const auto& swift = call.module<Swift>();
    store::Transaction txn(swift.store, {});
    const auto container = writable_container(call, txn, place);
    check_quota(txn, container, call.content_length().value_or(0));
    const auto old = txn.peek<Object>(place.account, place.container, place.name);
    check_synced_put(call, txn, place, old);
    if (must_be_new(call) && old && !old->expired(call.now())) throw Fault::general(Errc::precondition_failed);
}

void check_length(SwiftCall& call) {
    const auto length = call.content_length();
    if (!length && !call.header("Transfer-Encoding"))
        throw Fault(Errc::length_required, "Missing Content-Length header.");
    if (length && *length > call.module<Swift>().settings.max_file_size)
        throw Fault(Errc::too_large, "Your request is too large.");
}

}  // namespace

Object object_from_headers(const SwiftCall& call, const ObjectPlace& place) {
    std::string type(call.header("Content-Type").value_or(""));
    if (type.empty() || says_true(call.header("X-Detect-Content-Type").value_or(""))) type = guess_type(place.name);
    if (!text::is_utf8(type)) throw Fault(Errc::bad_request, "Please specify a valid Content-Type");
    return {.account = place.account,
            .container = place.container,
            .name = place.name,
            .content_type = std::move(type),
            .etag = {},
            .blob = {},
            .metadata = sent_metadata(call, "X-Object-Meta-"),
            .headers = sent_object_headers(call),
            .delete_at = sent_delete_at(call, call.now()),
            .dynamic_prefix = sent_dynamic_prefix(call),
            .static_etag = {},
            .link = {}};
}

http::Task<void> commit_object(SwiftCall& call, Object& object, Uploaded uploaded) {
    const auto& swift = call.module<Swift>();
    const ObjectPlace place{object.account, object.container, object.name};
    object.etag = uploaded.etag;
    object.blob = uploaded.blob;
    if (!object.is_static_large()) object.length = uploaded.blob.length;
    const bool fresh = must_be_new(call);
    std::optional<Blob> gone;
    co_await call.transact([&](store::Transaction& txn) {
        const auto container = writable_container(call, txn, place);
        call.quote_etag(wants_quotes(swift, txn, container));
        auto old = txn.get<Object>(place.account, place.container, place.name);
        if (fresh && old && !old->expired(call.now())) throw Fault::general(Errc::precondition_failed);
        check_synced_put(call, txn, place, old);
        // The order of commits is the order of versions, also where a clock stands still.
        object.modified_at = call.synced_at().value_or(shown_precision(swift.clock.now()));
        if (old && object.modified_at <= old->modified_at) object.modified_at = old->modified_at + Duration(10);
        const auto bounds = quota_bounds(txn, container);
        check_bounds(txn, container, bounds, object, old);
        if (old && !container.archive.empty()) archive(txn, swift.engine, container, *old);
        gone = put_object(txn, swift.engine, container, object, bounds);
    });
    uploaded.writer->keep();
    if (gone) swift.engine.discard(*gone);
}

Reply created(const Object& object) {
    Reply reply = Reply::text(201, "", "text/html; charset=UTF-8");
    auto& headers = reply.response().headers;
    headers.set("Etag", object.is_static_large() ? "\"" + object.static_etag + "\"" : object.etag);
    headers.set("Last-Modified", last_modified(object.modified_at));
    if (object.versioned) headers.set("X-Object-Version-Id", version_id_of(object));
    return reply;
}

void check_etag(const SwiftCall& call, std::string_view etag) {
    const auto sent = call.header("Etag");
    if (sent && !sent->empty() && plain_etag(*sent) != etag) throw Fault::general(Errc::unprocessable);
}

// A link has no bytes of its own.
http::Task<Reply> put_link(SwiftCall& call, const ObjectPlace& place) {
    Object object = object_from_headers(call, place);
    set_link(call, place, object);
    co_await commit_object(call, object, co_await upload_text(call.module<Swift>().engine, ""));
    Reply reply = created(object);
    if (object.link.is_static())
        reply.response().headers.set("Content-Location", url_of(place_of(object.link, place.account)));
    co_return reply;
}

// PUT ?version-id: an old version becomes what readers get.
http::Task<Reply> restore_version(SwiftCall& call, const ObjectPlace& place, const std::string& version) {
    if (call.content_length().value_or(0) > 0 || call.header("Transfer-Encoding"))
        throw Fault(Errc::bad_request, "PUT version-id requests require a zero byte body");
    Object object;
    co_await call.transact([&](store::Transaction& txn) {
        const auto container = writable_container(call, txn, place);
        call.quote_etag(wants_quotes(call.module<Swift>(), txn, container));
        const auto found = require_version(txn, container, place.name, version);
        make_current(txn, found);
        object = found.object;
        object.versioned = true;
    });
    co_return created(object);
}

// Its segments may not be here yet.
http::Task<Reply> put_synced_manifest(SwiftCall& call, Object object) {
    const auto& swift = call.module<Swift>();
    auto json = co_await call.body_stream().read_all(swift.settings.max_manifest_size);
    adopt_manifest(json, object);
    Uploaded uploaded = co_await upload_text(swift.engine, std::move(json), object.account);
    check_etag(call, uploaded.etag);
    co_await commit_object(call, object, std::move(uploaded));
    co_return created(object);
}

http::Task<Reply> put_object_call(SwiftCall& call) {
    const auto place = place_of(call);
    if (const auto source = call.header("X-Copy-From"); source && !source->empty()) {
        if (call.content_length().value_or(0) > 0 || call.header("Transfer-Encoding"))
            throw Fault(Errc::bad_request, "Copy requests require a zero byte body");
        std::string account = place.account;
        if (const auto other = call.header("X-Copy-From-Account"); other && !other->empty()) account = *other;
        const auto from = place_from_header(call, "X-Copy-From", account);
        co_return co_await copy_between(call, from, asked_version(call), place);
    }
    if (call.query("extract-archive"))
        co_return co_await extract_archive(call, place.account, place.container, place.name);
    check_before_body(call, place);
    if (const auto version = asked_version(call); version && !is_temp_url(call))
        co_return co_await restore_version(call, place, *version);
    if (makes_link(call)) co_return co_await put_link(call, place);
    // A temporary URL speaks for one object: a manifest would reach others.
    if (call.query("multipart-manifest") == "put" && !is_temp_url(call)) co_return co_await put_manifest(call, place);
    check_length(call);
    Object object = object_from_headers(call, place);
    if (is_synced_manifest(call)) co_return co_await put_synced_manifest(call, std::move(object));
    const auto& swift = call.module<Swift>();
    Uploaded uploaded = co_await upload_body(swift.engine, call.body_stream(), call.content_length(),
                                             swift.settings.max_file_size, place.account);
    check_etag(call, uploaded.etag);
    co_await commit_object(call, object, std::move(uploaded));
    co_return created(object);
}

}  // namespace cumulet::objectstore::swift

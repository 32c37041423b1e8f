#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/acl.hpp"
#include "objectstore/swift/cors.hpp"
#include "objectstore/swift/listings.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/tables.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Errc;
using api::Fault;
using api::Policy;
using api::Reply;
using http::Method;

constexpr std::string_view kPolicyName = "Policy-0";

struct Place {
    const std::string& account;
    const std::string& name;
};

Place container_of(const SwiftCall& call) {
    const auto& settings = call.module<Swift>().settings;
    const Place place{call.path("account"), call.path("container")};
    check_account_name(settings, place.account);
    check_container_name(settings, place.name);
    return place;
}

Fault missing() { return Fault(Errc::not_found, "The resource could not be found."); }

constexpr const char* kOwnersMetadata[] = {"Temp-Url-Key", "Temp-Url-Key-2"};

// ACLs and metadata as the request wants them. What only an owner may set is left as it is by others who may write.
void apply_headers(const SwiftCall& call, Container& container) {
    const bool owner = owns(call, container.account);
    const auto before = container.metadata;
    update_metadata(call, "Container", container.metadata);
    if (!owner) {
        for (const char* name : kOwnersMetadata) {
            container.metadata.erase(name);
            if (const auto kept = before.find(name); kept != before.end()) container.metadata.insert(*kept);
        }
        return;
    }
    if (const auto acl = call.header("X-Container-Read")) container.read_acl = clean_acl(*acl, false);
    if (const auto acl = call.header("X-Container-Write")) container.write_acl = clean_acl(*acl, true);
    if (call.header("X-Remove-Container-Read")) container.read_acl.clear();
    if (call.header("X-Remove-Container-Write")) container.write_acl.clear();
    apply_versioning(call, container);
}

void check_storage_policy(const SwiftCall& call) {
    const auto asked = call.header("X-Storage-Policy");
    if (asked && !asked->empty() && !text::iequals(*asked, kPolicyName))
        throw Fault(Errc::bad_request, "Invalid X-Storage-Policy '{}': the only one is {}.", *asked, kPolicyName);
}

Reply done(int status) { return Reply::text(status, "", "text/html; charset=UTF-8"); }

http::Task<Reply> put_container_call(SwiftCall& call) {
    const auto place = container_of(call);
    require_account_write(call, place.account);
    check_storage_policy(call);
    bool fresh = false;
    co_await call.transact([&](store::Transaction& txn) {
        ensure_account(txn, place.account, txn.now());
        const auto now = shown_precision(txn.now());
        auto container = txn.get<Container>(place.account, place.name);
        if (!container) {
            container.emplace();
            container->account = place.account;
            container->name = place.name;
            container->created_at = now;
        }
        apply_headers(call, *container);
        container->changed_at = now;
        fresh = put_container(txn, *container, "put");
    });
    co_return done(fresh ? 201 : 202);
}

http::Task<Reply> post_container(SwiftCall& call) {
    const auto place = container_of(call);
    require_account_write(call, place.account);
    co_await call.transact([&](store::Transaction& txn) {
        auto container = txn.get<Container>(place.account, place.name);
        if (!container) throw missing();
        apply_headers(call, *container);
        container->changed_at = shown_precision(txn.now());
        put_container(txn, *container, "changed");
    });
    co_return done(204);
}

http::Task<Reply> delete_container(SwiftCall& call) {
    const auto place = container_of(call);
    require_account_write(call, place.account);
    co_await call.transact([&](store::Transaction& txn) {
        const auto container = txn.get<Container>(place.account, place.name);
        if (!container) throw missing();
        if (!erase_container(txn, *container))
            throw Fault(Errc::conflict, "There was a conflict when trying to complete your request.");
    });
    co_return done(204);
}

void show_headers(const SwiftCall& call, const Container& container, const Usage& usage, http::Headers& headers) {
    headers.set("X-Container-Object-Count", std::to_string(usage.objects));
    headers.set("X-Container-Bytes-Used", std::to_string(usage.bytes));
    headers.set("X-Timestamp", unix_time(container.created_at));
    headers.set("Last-Modified", last_modified(container.changed_at));
    headers.set("Accept-Ranges", "bytes");
    headers.set("X-Storage-Policy", std::string(kPolicyName));
    show_metadata(headers, "X-Container-Meta-", container.metadata);
    show_versioning(container, headers);
    if (!owns(call, container.account)) {
        for (const char* name : kOwnersMetadata) headers.remove(fmt::format("X-Container-Meta-{}", name));
        return;
    }
    if (!container.read_acl.empty()) headers.set("X-Container-Read", container.read_acl);
    if (!container.write_acl.empty()) headers.set("X-Container-Write", container.write_acl);
}

Reply show_page(const SwiftCall& call, store::Transaction& txn, const Container& container) {
    const auto limit = call.module<Swift>().settings.container_listing_limit;
    if (call.query("versions"))
        return show_versions(call, list_versions(txn, container, versions_request(call, limit)));
    return show_objects(call, container.name, list_objects(txn, container, list_request(call, limit)));
}

http::Task<Reply> show_container(SwiftCall& call) {
    const auto& swift = call.module<Swift>();
    const auto place = container_of(call);
    store::Transaction txn(swift.store, {});
    const auto container = txn.peek<Container>(place.account, place.name);
    require_list(call, place.account, container ? &*container : nullptr);
    list_request(call, swift.settings.container_listing_limit);
    if (!container) throw missing();
    Reply reply = call.is_head() ? head_of_listing(call) : show_page(call, txn, *container);
    show_headers(call, *container, usage_of(txn, *container), reply.response().headers);
    co_return reply;
}

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .summary = "Show a container and list its objects.",
     .stream = &handled<show_container>},
    {.method = Method::put,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .success = 201,
     .summary = "Create a container, or change it.",
     .stream = &handled<put_container_call>},
    {.method = Method::post,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .success = 204,
     .summary = "Change a container's metadata and ACLs.",
     .stream = &handled<post_container>},
    {.method = Method::del,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .success = 204,
     .summary = "Delete an empty container.",
     .stream = &handled<delete_container>},
    {.method = Method::options,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .summary = "Show what may be asked of a container; the answer to a browser's preflight.",
     .stream = &handled<show_container_options>},
};

}  // namespace

api::EndpointTable container_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift

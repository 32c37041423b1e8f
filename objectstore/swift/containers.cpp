#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/acl.hpp"
#include "objectstore/swift/listings.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/tables.hpp"

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

Place place_of(const api::Call& call) {
    const auto& settings = call.module<Swift>().settings;
    const Place place{call.path("account"), call.path("container")};
    check_account_name(settings, place.account);
    check_container_name(settings, place.name);
    return place;
}

Fault missing() { return Fault(Errc::not_found, "The resource could not be found."); }

// ACLs and metadata as the request wants them.
void apply_headers(const api::Call& call, Container& container) {
    update_metadata(call, "Container", container.metadata);
    if (const auto acl = call.header("X-Container-Read")) container.read_acl = clean_acl(*acl, false);
    if (const auto acl = call.header("X-Container-Write")) container.write_acl = clean_acl(*acl, true);
    if (call.header("X-Remove-Container-Read")) container.read_acl.clear();
    if (call.header("X-Remove-Container-Write")) container.write_acl.clear();
}

void check_storage_policy(const api::Call& call) {
    const auto asked = call.header("X-Storage-Policy");
    if (asked && !text::iequals(*asked, kPolicyName))
        throw Fault(Errc::bad_request, "Invalid X-Storage-Policy '{}': the only one is {}.", *asked, kPolicyName);
}

Reply put_container_call(api::Call& call, store::Transaction& txn) {
    const auto place = place_of(call);
    require_owner(call, place.account);
    check_storage_policy(call);
    ensure_account(txn, place.account, txn.now());
    const auto now = shown_precision(txn.now());
    auto container = txn.get<Container>(place.account, place.name)
                         .value_or(Container{.account = place.account, .name = place.name, .created_at = now});
    apply_headers(call, container);
    container.changed_at = now;
    const bool fresh = put_container(txn, container, "put");
    return Reply::text(fresh ? 201 : 202, "", "text/html; charset=UTF-8");
}

Reply post_container(api::Call& call, store::Transaction& txn) {
    const auto place = place_of(call);
    require_owner(call, place.account);
    auto container = txn.get<Container>(place.account, place.name);
    if (!container) throw missing();
    apply_headers(call, *container);
    put_container(txn, *container, "changed");
    return Reply::text(204, "", "text/html; charset=UTF-8");
}

Reply delete_container(api::Call& call, store::Transaction& txn) {
    const auto place = place_of(call);
    require_owner(call, place.account);
    const auto container = txn.get<Container>(place.account, place.name);
    if (!container) throw missing();
    if (!erase_container(txn, *container))
        throw Fault(Errc::conflict, "There was a conflict when trying to complete your request.");
    return Reply::text(204, "", "text/html; charset=UTF-8");
}

Reply show_container(api::Call& call, store::Transaction& txn) {
    const auto& settings = call.module<Swift>().settings;
    const auto place = place_of(call);
    const bool head = call.request().method == Method::head;
    const auto container = txn.peek<Container>(place.account, place.name);
    require_list(call, place.account, container ? &*container : nullptr);
    const auto request = list_request(call, settings.container_listing_limit);
    if (!container) throw missing();
    Reply reply = head ? Reply::text(204, "", "text/plain; charset=utf-8")
                       : show_objects(call, place.name, list_objects(txn, *container, request));
    const auto usage = usage_of(txn, *container);
    auto& headers = reply.response().headers;
    headers.set("X-Container-Object-Count", std::to_string(usage.objects));
    headers.set("X-Container-Bytes-Used", std::to_string(usage.bytes));
    headers.set("X-Timestamp", unix_time(container->created_at));
    headers.set("Last-Modified", last_modified(container->changed_at));
    headers.set("Accept-Ranges", "bytes");
    headers.set("X-Storage-Policy", std::string(kPolicyName));
    show_metadata(headers, "X-Container-Meta-", container->metadata);
    if (!owns(call, place.account))
        for (const char* name : {"X-Container-Meta-Temp-Url-Key", "X-Container-Meta-Temp-Url-Key-2"})
            headers.remove(name);
    if (owns(call, place.account)) {
        if (!container->read_acl.empty()) headers.set("X-Container-Read", container->read_acl);
        if (!container->write_acl.empty()) headers.set("X-Container-Write", container->write_acl);
    }
    return reply;
}

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .summary = "Show a container and list its objects.",
     .handle = show_container},
    {.method = Method::put,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .body = api::kNoBody,
     .success = 201,
     .summary = "Create a container, or change it.",
     .handle = put_container_call},
    {.method = Method::post,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .body = api::kNoBody,
     .success = 204,
     .summary = "Change a container's metadata and ACLs.",
     .handle = post_container},
    {.method = Method::del,
     .path = "/v1/{account}/{container}",
     .policy = Policy::by_resource(),
     .success = 204,
     .summary = "Delete an empty container.",
     .handle = delete_container},
};

}  // namespace

api::EndpointTable container_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift

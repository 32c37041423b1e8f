#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/api/stream.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/bulk_delete.hpp"
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

// An account that was never written to looks empty to its owner.
Account account_shown(store::Transaction& txn, const std::string& name) {
    if (auto known = txn.peek<Account>(name)) return *known;
    const auto now = shown_precision(txn.now());
    return {.name = name, .created_at = now, .changed_at = now, .metadata = {}};
}

Reply show_account(api::Call& call, store::Transaction& txn) {
    const auto& settings = call.module<Swift>().settings;
    const auto& name = call.path("account");
    check_account_name(settings, name);
    require_owner(call, name);
    const auto account = account_shown(txn, name);
    const auto usage = usage_of(txn, name);
    const bool head = call.request().method == Method::head;
    Reply reply = head
                      ? Reply::text(204, "", "text/plain; charset=utf-8")
                      : show_containers(call, name,
                                        list_containers(txn, name, list_request(call, settings.account_listing_limit)));
    auto& headers = reply.response().headers;
    // All objects are under the one storage policy.
    for (const std::string prefix : {"X-Account-", "X-Account-Storage-Policy-Policy-0-"}) {
        headers.set(prefix + "Container-Count", std::to_string(usage.containers));
        headers.set(prefix + "Object-Count", std::to_string(usage.objects));
        headers.set(prefix + "Bytes-Used", std::to_string(usage.bytes));
    }
    headers.set("X-Timestamp", unix_time(account.created_at));
    headers.set("Accept-Ranges", "bytes");
    show_metadata(headers, "X-Account-Meta-", account.metadata);
    return reply;
}

http::Task<Reply> post_account(api::StreamCall& call) {
    const auto name = call.path("account");
    check_account_name(call.module<Swift>().settings, name);
    if (call.query("bulk-delete")) co_return co_await bulk_delete(call, name);
    require_owner(call, name);
    co_await call.skip_body();
    co_await call.transact([&](store::Transaction& txn) {
        auto account = ensure_account(txn, name, txn.now());
        update_metadata(call, "Account", account.metadata);
        account.changed_at = shown_precision(txn.now());
        txn.put(account, "changed");
    });
    co_return Reply::text(204, "", "text/html; charset=UTF-8");
}

// Some clients send bulk-delete as DELETE. The account itself stays.
http::Task<Reply> delete_account(api::StreamCall& call) {
    const auto name = call.path("account");
    check_account_name(call.module<Swift>().settings, name);
    if (!call.query("bulk-delete")) throw Fault(Errc::method_not_allowed, "Accounts are not deleted by this API.");
    co_return co_await bulk_delete(call, name);
}

constexpr api::StreamHandle kPostAccount{post_account}, kDeleteAccount{delete_account};

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .summary = "Show an account and list its containers.",
     .handle = show_account},
    {.method = Method::post,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .success = 204,
     .summary = "Change an account's metadata, or delete many objects (bulk-delete).",
     .stream = &kPostAccount},
    {.method = Method::del,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .summary = "Delete many objects (bulk-delete).",
     .stream = &kDeleteAccount},
};

}  // namespace

api::EndpointTable account_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift

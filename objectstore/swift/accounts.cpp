#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/account_acl.hpp"
#include "objectstore/swift/bulk_delete.hpp"
#include "objectstore/swift/bulk_upload.hpp"
#include "objectstore/swift/cors.hpp"
#include "objectstore/swift/listings.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/quoted_etags.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/tables.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Errc;
using api::Fault;
using api::Policy;
using api::Reply;
using http::Method;

// An account that was never written to looks empty to its owner.
Account account_shown(store::Transaction& txn, const std::string& name, Timestamp now) {
    if (auto known = txn.peek<Account>(name)) return *known;
    const auto time = shown_precision(now);
    return {.name = name, .created_at = time, .changed_at = time, .metadata = {}, .acl = {}};
}

void show_usage(const std::string& prefix, const Usage& usage, http::Headers& headers) {
    headers.set(prefix + "Container-Count", std::to_string(usage.containers));
    headers.set(prefix + "Object-Count", std::to_string(usage.objects));
    headers.set(prefix + "Bytes-Used", std::to_string(usage.bytes));
}

// Only with several policies are there containers to be told apart.
std::map<std::string, Usage> usage_by_policy(const Settings& settings, store::Transaction& txn,
                                             const std::string& account, const Usage& whole) {
    const auto& standard = settings.policies.front().name;
    if (settings.policies.size() == 1) return {{standard, whole}};
    std::map<std::string, Usage> all;
    txn.visit<Container>(
        {},
        [&](Container&& container) {
            auto& sum = all[container.policy.empty() ? standard : container.policy];
            const auto used = usage_of(txn, container);
            ++sum.containers;
            sum.objects += used.objects;
            sum.bytes += used.bytes;
            return true;
        },
        account);
    return all;
}

AccountAcl sent_acl(const SwiftCall& call, std::string_view text) {
    auto acl = parse_account_acl(text);
    const auto limit = call.module<Swift>().settings.max_header_size;
    if (to_json(acl).size() > limit) throw Fault(Errc::bad_request, "The ACL is longer than {} bytes.", limit);
    return acl;
}

void hide_secrets(http::Headers& headers) {
    for (const char* name : {"X-Account-Meta-Temp-Url-Key", "X-Account-Meta-Temp-Url-Key-2"}) headers.remove(name);
}

http::Task<Reply> show_account(SwiftCall& call) {
    const auto& swift = call.module<Swift>();
    const auto& name = call.path("account");
    check_account_name(swift.settings, name);
    require_account_read(call, name);
    store::Transaction txn(swift.store, {});
    const auto account = account_shown(txn, name, call.now());
    const auto usage = usage_of(txn, name);
    const auto request = list_request(call, swift.settings.account_listing_limit);
    Reply reply =
        call.is_head() ? head_of_listing(call) : show_containers(call, name, list_containers(txn, name, request));
    auto& headers = reply.response().headers;
    show_usage("X-Account-", usage, headers);
    for (const auto& [policy, used] : usage_by_policy(swift.settings, txn, name, usage))
        show_usage("X-Account-Storage-Policy-" + policy + "-", used, headers);
    headers.set("X-Timestamp", unix_time(account.created_at));
    headers.set("Accept-Ranges", "bytes");
    show_metadata(headers, "X-Account-Meta-", account.metadata);
    show_quoted_etags("Account", account.quoted_etags, headers);
    // Of its own project a token says in which domain that is.
    if (call.has_actor() && !call.actor().project_id.empty() && !is_tempauth(call.actor()) &&
        name == swift.settings.account_prefix + call.actor().project_id)
        headers.set("X-Account-Project-Domain-Id", call.actor().project_domain_id);
    if (!owns(call, name))
        hide_secrets(headers);
    else if (!account.acl.empty())
        headers.set("X-Account-Access-Control", to_json(account.acl));
    co_return reply;
}

http::Task<Reply> post_account(SwiftCall& call) {
    const auto name = call.path("account");
    check_account_name(call.module<Swift>().settings, name);
    if (call.query("bulk-delete")) co_return co_await bulk_delete(call, name);
    require_owner(call, name);
    co_await call.skip_body();
    co_await call.transact([&](store::Transaction& txn) {
        auto account = ensure_account(txn, name, txn.now());
        update_metadata(call, "Account", account.metadata);
        if (const auto acl = call.header("X-Account-Access-Control")) account.acl = sent_acl(call, *acl);
        if (call.header("X-Remove-Account-Access-Control")) account.acl.clear();
        update_quoted_etags(call, "Account", account.quoted_etags);
        if (account.quoted_etags.value_or(false)) call.module<Swift>().accounts_quote_etags = true;
        account.changed_at = shown_precision(txn.now());
        txn.put(account, "changed");
    });
    co_return Reply::text(204, "", "text/html; charset=UTF-8");
}

// Accounts come with their first container: PUT is for archives alone.
http::Task<Reply> put_account(SwiftCall& call) {
    const auto name = call.path("account");
    check_account_name(call.module<Swift>().settings, name);
    if (call.query("extract-archive")) co_return co_await extract_archive(call, name, "", "");
    throw Fault(Errc::method_not_allowed, "Accounts are not made by this API.");
}

// Some clients send bulk-delete as DELETE. The account itself stays.
http::Task<Reply> delete_account(SwiftCall& call) {
    const auto name = call.path("account");
    check_account_name(call.module<Swift>().settings, name);
    if (!call.query("bulk-delete")) throw Fault(Errc::method_not_allowed, "Accounts are not deleted by this API.");
    co_return co_await bulk_delete(call, name);
}

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .summary = "Show an account and list its containers.",
     .stream = &handled<show_account>},
    {.method = Method::post,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .success = 204,
     .summary = "Change an account's metadata, or delete many objects (bulk-delete).",
     .stream = &handled<post_account>},
    {.method = Method::put,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .success = 201,
     .summary = "Make containers and objects of an archive (extract-archive).",
     .stream = &handled<put_account>},
    {.method = Method::del,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .summary = "Delete many objects (bulk-delete).",
     .stream = &handled<delete_account>},
    {.method = Method::options,
     .path = "/v1/{account}",
     .policy = Policy::by_resource(),
     .summary = "Show what may be asked of an account.",
     .stream = &handled<show_account_options>},
};

}  // namespace

api::EndpointTable account_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift

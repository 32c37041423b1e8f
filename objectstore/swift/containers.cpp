#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/model/sync_change.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/acl.hpp"
#include "objectstore/swift/bulk_delete.hpp"
#include "objectstore/swift/bulk_upload.hpp"
#include "objectstore/swift/cors.hpp"
#include "objectstore/swift/form_post.hpp"
#include "objectstore/swift/listings.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/quoted_etags.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/static_web.hpp"
#include "objectstore/swift/sync_realms.hpp"
#include "objectstore/swift/tables.hpp"
#include "objectstore/swift/tempauth.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Errc;
using api::Fault;
using api::Policy;
using api::Reply;
using http::Method;

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

// Containers made before policies had names have the default one.
const std::string& policy_of(const SwiftCall& call, const Container& container) {
    return container.policy.empty() ? call.module<Swift>().settings.policies.front().name : container.policy;
}

Fault missing() { return Fault::general(Errc::not_found); }

constexpr const char* kOwnersMetadata[] = {"Temp-Url-Key", "Temp-Url-Key-2"};

void apply_sync(const SwiftCall& call, store::Transaction& txn, Container& container) {
    const auto& swift = call.module<Swift>();
    if (const auto key = call.header("X-Container-Sync-Key")) container.sync_key = *key;
    const auto to = call.header("X-Container-Sync-To");
    if (!to) return;
    if (!to->empty()) sync_target(*to, swift.realms, swift.settings.sync_hosts);
    if (!to->empty() && container.versioning == Versioning::enabled)
        throw Fault(Errc::bad_request, "Cannot sync a container with object versioning enabled.");
    if (container.sync_to == *to) return;
    container.sync_to = *to;
    if (!to->empty()) note_all(txn, container, shown_precision(txn.now()));
}

// Names in ACLs mean users and projects of the default domain: a container of another domain's project is marked.
void note_domain(const SwiftCall& call, Container& container) {
    if (!call.has_actor() || is_tempauth(call.actor())) return;
    const auto& who = call.actor();
    if (container.account != call.module<Swift>().settings.account_prefix + who.project_id) return;
    if (who.project_domain_id.empty() || who.project_domain_id == "default")
        container.system.erase("project-domain");
    else
        container.system["project-domain"] = who.project_domain_id;
}

// ACLs and metadata as the request wants them. What only an owner may set is left as it is by others who may write.
void apply_headers(const SwiftCall& call, store::Transaction& txn, Container& container) {
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
    note_domain(call, container);
    if (const auto acl = call.header("X-Container-Read")) container.read_acl = clean_acl(*acl, false);
    if (const auto acl = call.header("X-Container-Write")) container.write_acl = clean_acl(*acl, true);
    if (call.header("X-Remove-Container-Read")) container.read_acl.clear();
    if (call.header("X-Remove-Container-Write")) container.write_acl.clear();
    update_quoted_etags(call, "Container", container.quoted_etags);
    apply_sync(call, txn, container);
    apply_versioning(call, container);
}

// The policy that a PUT asks for; empty: none in particular.
std::string asked_policy(const SwiftCall& call) {
    const auto asked = call.header("X-Storage-Policy");
    if (!asked || asked->empty()) return "";
    for (const auto& policy : call.module<Swift>().settings.policies)
        if (text::iequals(*asked, policy.name)) return policy.name;
    throw Fault(Errc::bad_request, "Invalid X-Storage-Policy '{}'", *asked);
}

void choose_policy(const SwiftCall& call, bool fresh, Container& container) {
    const auto& policies = call.module<Swift>().settings.policies;
    const auto asked = asked_policy(call);
    if (!fresh) {
        if (!asked.empty() && asked != policy_of(call, container))
            throw Fault(Errc::conflict, "The container has another storage policy, {}.", policy_of(call, container));
        return;
    }
    for (const auto& policy : policies)
        if (policy.name == asked && policy.deprecated)
            throw Fault(Errc::bad_request, "Storage Policy '{}' is deprecated", asked);
    container.policy = asked.empty() ? policies.front().name : asked;
}

Reply done(int status) { return Reply::text(status, "", "text/html; charset=UTF-8"); }

http::Task<Reply> put_container_call(SwiftCall& call) {
    const auto place = container_of(call);
    if (call.query("extract-archive")) co_return co_await extract_archive(call, place.account, place.name, "");
    require_account_write(call, place.account);
    asked_policy(call);
    bool fresh = false;
    co_await call.transact([&](store::Transaction& txn) {
        ensure_account(txn, place.account, txn.now());
        const auto now = shown_precision(txn.now());
        auto container = txn.get<Container>(place.account, place.name);
        const bool absent = !container;
        if (absent) {
            container.emplace();
            container->account = place.account;
            container->name = place.name;
            container->created_at = now;
        }
        choose_policy(call, absent, *container);
        apply_headers(call, txn, *container);
        container->changed_at = now;
        fresh = put_container(txn, *container, "put");
    });
    co_return done(fresh ? 201 : 202);
}

http::Task<Reply> post_container(SwiftCall& call) {
    const auto place = container_of(call);
    if (call.query("bulk-delete")) co_return co_await bulk_delete(call, place.account);
    if (is_form_post(call)) co_return co_await post_form(call, place.account, place.name, "");
    require_account_write(call, place.account);
    co_await call.skip_body();
    co_await call.transact([&](store::Transaction& txn) {
        auto container = txn.get<Container>(place.account, place.name);
        if (!container) throw missing();
        apply_headers(call, txn, *container);
        container->changed_at = shown_precision(txn.now());
        put_container(txn, *container, "changed");
    });
    co_return done(204);
}

http::Task<Reply> delete_container(SwiftCall& call) {
    const auto place = container_of(call);
    if (call.query("bulk-delete")) co_return co_await bulk_delete(call, place.account);
    require_account_write(call, place.account);
    co_await call.transact([&](store::Transaction& txn) {
        const auto container = txn.get<Container>(place.account, place.name);
        if (!container) throw missing();
        if (!erase_container(txn, *container)) throw Fault::general(Errc::conflict);
    });
    co_return done(204);
}

void show_headers(const SwiftCall& call, const Container& container, const Usage& usage, http::Headers& headers) {
    headers.set("X-Container-Object-Count", std::to_string(usage.objects));
    headers.set("X-Container-Bytes-Used", std::to_string(usage.bytes));
    headers.set("X-Timestamp", unix_time(container.created_at));
    headers.set("Last-Modified", last_modified(container.changed_at));
    headers.set("Accept-Ranges", "bytes");
    headers.set("X-Storage-Policy", policy_of(call, container));
    show_metadata(headers, "X-Container-Meta-", container.metadata);
    show_versioning(container, headers);
    show_quoted_etags("Container", container.quoted_etags, headers);
    if (!owns(call, container.account)) {
        for (const char* name : kOwnersMetadata) headers.remove(fmt::format("X-Container-Meta-{}", name));
        return;
    }
    if (!container.read_acl.empty()) headers.set("X-Container-Read", container.read_acl);
    if (!container.write_acl.empty()) headers.set("X-Container-Write", container.write_acl);
    if (!container.sync_to.empty()) headers.set("X-Container-Sync-To", container.sync_to);
    if (!container.sync_key.empty()) headers.set("X-Container-Sync-Key", container.sync_key);
}

Reply list_page(const SwiftCall& call, store::Transaction& txn, const Container& container) {
    const auto limit = call.module<Swift>().settings.container_listing_limit;
    if (call.query("versions"))
        return show_versions(call, list_versions(txn, container, versions_request(call, limit)));
    return show_objects(call, container.name, list_objects(txn, container, list_request(call, limit)));
}

http::Task<Reply> show_container(SwiftCall& call) {
    const auto& swift = call.module<Swift>();
    const auto place = container_of(call);
    if (is_web_request(call))
        if (auto site = co_await show_site(call, place.account, place.name)) co_return std::move(*site);
    store::Transaction txn(swift.store, {});
    const auto container = txn.peek<Container>(place.account, place.name);
    require_list(call, place.account, container ? &*container : nullptr);
    list_request(call, swift.settings.container_listing_limit);
    if (!container) throw missing();
    Reply reply = call.is_head() ? head_of_listing(call) : list_page(call, txn, *container);
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
     .summary = "Change a container's metadata and ACLs, or take the files of a form.",
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

#include "objectstore/swift/static_web.hpp"

#include "common/api/fault.hpp"
#include "common/api/service.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/model/listing.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_get.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/web_listing.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

// A site and the request for something in it.
struct Site {
    std::string account;
    std::optional<Container> container;
    std::string index, error, listings, label, css, directory_type;

    bool is_site() const { return !index.empty() || !listings.empty(); }
};

Site site_of(const SwiftCall& call, const std::string& account, const std::string& name) {
    store::Transaction txn(call.module<Swift>().store, {});
    Site site{.account = account, .container = txn.peek<Container>(account, name)};
    if (!site.container) return site;
    const auto& metadata = site.container->metadata;
    const auto value = [&](const char* key) {
        const auto found = metadata.find(key);
        return found == metadata.end() ? std::string() : std::string(text::trim(found->second));
    };
    site.index = value("Web-Index");
    site.error = value("Web-Error");
    site.listings = value("Web-Listings");
    site.label = value("Web-Listings-Label");
    site.css = value("Web-Listings-Css");
    site.directory_type = value("Web-Directory-Type");
    if (site.directory_type.empty()) site.directory_type = "application/directory";
    return site;
}

// As answer_object(), with refusals as answers.
http::Task<Reply> try_object(SwiftCall& call, const ObjectPlace& place) {
    std::optional<Reply> reply;
    try {
        reply = co_await answer_object(call, place);
    } catch (const Fault& fault) {
        if (fault.code() == Errc::internal) throw;
        reply = refusal(call, fault);
    } catch (OtherAnswer& other) {
        reply = std::move(other.reply);
    }
    co_return std::move(*reply);
}

bool is_fine(const Reply& reply) { return reply.status() < 400; }

// The site's own page for this refusal, if it has one.
http::Task<Reply> with_error_page(SwiftCall& call, const Site& site, Reply reply) {
    if (site.error.empty() || !site.container) co_return reply;
    const int status = reply.status();
    auto page = co_await try_object(call, {site.account, site.container->name, std::to_string(status) + site.error});
    if (page.status() != 200) co_return reply;
    page.response().status = status;
    for (const char* name : {"Last-Modified", "Etag", "Accept-Ranges"}) page.response().headers.remove(name);
    co_return page;
}

Reply with_slash(const SwiftCall& call) {
    return Reply::text(301, "", "text/html; charset=UTF-8")
        .header("Location", call.base_url() + call.request().path + "/");
}

bool has_slash(const SwiftCall& call) { return call.request().path.ends_with('/'); }

http::Task<Reply> show_listing(SwiftCall& call, const Site& site, const std::string& prefix) {
    WebListing page{.prefix = prefix, .css = site.css};
    const auto path = text::percent_decode(call.request().path).value_or("");
    page.title = site.label.empty() ? path : site.label + "/" + prefix;
    if (!says_true(site.listings)) {
        auto body = listing_disabled_page(page, site.index);
        co_return co_await with_error_page(call, site, Reply::text(404, std::move(body), "text/html; charset=UTF-8"));
    }
    std::optional<Fault> refused;
    std::vector<ObjectEntry> entries;
    try {
        require_list(call, site.account, &*site.container);
        store::Transaction txn(call.module<Swift>().store, {});
        entries = list_objects(txn, *site.container, {.prefix = prefix, .delimiter = "/"});
        if (entries.empty() && !prefix.empty()) throw object_missing();
    } catch (const Fault& fault) {
        refused = fault;
    }
    if (refused) co_return co_await with_error_page(call, site, refusal(call, *refused));
    co_return Reply::text(200, listing_page(page, entries), "text/html; charset=UTF-8");
}

bool is_directory_mark(const Site& site, const Reply& reply) {
    auto& response = const_cast<Reply&>(reply).response();
    if (response.headers.value_or("Content-Type", "") != site.directory_type) return false;
    if (response.announced_length) return *response.announced_length <= 1;
    if (const auto* text = std::get_if<std::string>(&response.body)) return text->size() <= 1;
    if (const auto* file = std::get_if<http::FileBody>(&response.body)) return file->length <= 1;
    return std::get<std::shared_ptr<http::BodySource>>(response.body)->length() <= 1;
}

bool anything_below(const SwiftCall& call, const Site& site, const std::string& prefix) {
    if (!may_list(call, site.account, &*site.container)) return false;
    store::Transaction txn(call.module<Swift>().store, {});
    return !list_objects(txn, *site.container, {.prefix = prefix, .limit = 1}).empty();
}

}  // namespace

bool is_web_request(const SwiftCall& call) {
    if (call.request().method != http::Method::get && !call.is_head()) return false;
    if (is_temp_url(call)) return false;
    return !call.has_actor() || says_true(call.header("X-Web-Mode").value_or(""));
}

http::Task<std::optional<Reply>> show_site(SwiftCall& call, const std::string& account, const std::string& container) {
    const auto site = site_of(call, account, container);
    std::optional<Fault> refused;
    try {
        require_list(call, account, site.container ? &*site.container : nullptr);
        if (!site.container) throw object_missing();
    } catch (const Fault& fault) {
        refused = fault;
    }
    if (refused) {
        if (site.error.empty()) throw *refused;
        co_return co_await with_error_page(call, site, refusal(call, *refused));
    }
    if (!site.is_site()) {
        if (says_true(call.header("X-Web-Mode").value_or("f"))) throw object_missing();
        co_return std::nullopt;
    }
    if (!has_slash(call)) co_return with_slash(call);
    if (site.index.empty()) co_return co_await show_listing(call, site, "");
    auto index = co_await try_object(call, {account, container, site.index});
    if (index.status() == 404) co_return co_await show_listing(call, site, "");
    if (!is_fine(index)) co_return co_await with_error_page(call, site, std::move(index));
    co_return index;
}

http::Task<Reply> show_page(SwiftCall& call, const ObjectPlace& place) {
    auto reply = co_await try_object(call, place);
    const auto site = site_of(call, place.account, place.container);
    if (!site.container || !site.is_site()) {
        if (reply.status() == 404 && site.container) co_return co_await with_error_page(call, site, std::move(reply));
        co_return reply;
    }
    if (is_fine(reply) && !is_directory_mark(site, reply)) co_return reply;
    if (!is_fine(reply) && reply.status() != 404) co_return reply;
    const auto folder = place.name.ends_with('/') ? place.name : place.name + "/";
    if (!site.index.empty()) {
        auto index = co_await try_object(call, {place.account, place.container, folder + site.index});
        if (is_fine(index)) co_return has_slash(call) ? std::move(index) : with_slash(call);
        if (index.status() != 404) co_return co_await with_error_page(call, site, std::move(index));
    }
    if (has_slash(call)) co_return co_await show_listing(call, site, place.name);
    if (anything_below(call, site, folder)) co_return with_slash(call);
    co_return co_await with_error_page(call, site, refusal(call, object_missing()));
}

}  // namespace cumulet::objectstore::swift

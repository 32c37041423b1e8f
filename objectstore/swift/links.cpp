#include "objectstore/swift/links.hpp"

#include <charconv>

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

// A static link is made to what is there now; whose content type this is.
// Of a large object it holds on to the manifest.
std::string hold_on(const SwiftCall& call, const ObjectPlace& target, std::string_view etag, Link& link) {
    std::optional<FoundObject> found;
    LinkWalk walk(call.module<Swift>().settings.max_links + 1);
    Object first;
    first.account = target.account;
    first.link = {.account = target.account, .container = target.container, .name = target.name, .etag = {}};
    const auto place = walk.follow(first);
    try {
        found = readable_object(call, place, std::nullopt, Links::show);
        // Links that hold on to something are as good as what they hold on to.
        while (found->object.link.is_static()) {
            if (found->object.link.etag != etag) break;
            found = readable_object(call, walk.follow(found->object), std::nullopt, Links::show);
        }
    } catch (const Fault& fault) {
        if (fault.code() != Errc::not_found) throw;
        throw walk.dead_end(409, "X-Symlink-Target does not exist");
    }
    const auto& shown = found->object.etag;
    if (shown != etag)
        throw walk.dead_end(
            409, fmt::format("Object Etag '{}' does not match X-Symlink-Target-Etag header '{}'", shown, etag));
    link.etag = etag;
    link.length = found->object.length;
    link.static_etag = found->object.static_etag;
    return found->object.content_type;
}

// Of a link that another cluster sends the target may not be here yet.
std::string take_word(const SwiftCall& call, std::string_view etag, Link& link) {
    link.etag = etag;
    const auto bytes = call.header("X-Symlink-Target-Bytes").value_or("");
    std::from_chars(bytes.data(), bytes.data() + bytes.size(), link.length);
    return "application/octet-stream";
}

}  // namespace

const std::string& shown_etag(const Object& object) {
    return object.is_static_large() ? object.static_etag : object.etag;
}

ObjectPlace place_of(const Link& link, const std::string& account) {
    return {link.account.empty() ? account : link.account, link.container, link.name};
}

ObjectPlace LinkWalk::follow(const Object& link) {
    if (left_ == 0)
        throw OtherAnswer{api::Reply::text(
            409, fmt::format("Too many levels of symbolic links, maximum allowed is {}", maximum_), "text/plain")};
    --left_;
    const auto place = place_of(link.link, link.account);
    etag_ = link.link.etag;
    location_ = url_of(place);
    return place;
}

void LinkWalk::arrive(const Object& target) {
    if (etag_.empty()) return;
    const auto& found = target.link.is_static() ? target.link.etag : target.etag;
    if (found != etag_)
        throw dead_end(409,
                       fmt::format("Object Etag '{}' does not match X-Symlink-Target-Etag header '{}'", found, etag_));
}

OtherAnswer LinkWalk::dead_end(int status, const std::string& why) const {
    return {api::Reply::text(status, why, "text/plain").header("Content-Location", location_)};
}

std::string sent_target_account(const SwiftCall& call) {
    const auto sent = call.header("X-Symlink-Target-Account");
    if (!sent || sent->empty()) return "";
    const auto account = text::percent_decode(*sent);
    if (!account || account->find('/') != std::string::npos)
        throw Fault(Errc::precondition_failed, "Account name cannot contain slashes");
    return *account;
}

bool makes_link(const SwiftCall& call) { return call.header("X-Symlink-Target").has_value(); }

void set_link(const SwiftCall& call, const ObjectPlace& place, Object& object) {
    if (call.content_length().value_or(0) > 0 || call.header("Transfer-Encoding"))
        throw Fault(Errc::bad_request, "Symlink requests require a zero byte body");
    const auto account = sent_target_account(call);
    const auto target = place_from_header(call, "X-Symlink-Target", account.empty() ? place.account : account);
    if (target == place) throw Fault(Errc::bad_request, "Symlink cannot target itself");
    Link link{.account = account, .container = target.container, .name = target.name, .etag = {}};
    std::string type = "application/symlink";
    if (const auto etag = plain_etag(call.header("X-Symlink-Target-Etag").value_or("")); !etag.empty())
        type = call.synced_at() ? take_word(call, etag, link) : hold_on(call, target, etag, link);
    if (call.header("Content-Type").value_or("").empty()) object.content_type = type;
    object.link = std::move(link);
}

void show_link(const Object& object, http::Headers& headers) {
    if (!object.is_link()) return;
    headers.set("X-Symlink-Target", target_of(object.link));
    if (!object.link.account.empty())
        headers.set("X-Symlink-Target-Account", text::percent_encode(object.link.account));
    if (!object.link.is_static()) return;
    headers.set("X-Symlink-Target-Etag", object.link.etag);
    headers.set("X-Symlink-Target-Bytes", std::to_string(object.link.length));
}

std::string target_of(const Link& link) { return text::percent_encode(link.container + "/" + link.name, "/"); }

}  // namespace cumulet::objectstore::swift

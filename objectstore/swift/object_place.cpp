#include "objectstore/swift/object_place.hpp"

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/quoted_etags.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

void check(const SwiftCall& call, const ObjectPlace& place) {
    const auto& settings = call.module<Swift>().settings;
    check_account_name(settings, place.account);
    check_container_name(settings, place.container);
    check_object_name(settings, place.name);
}

// A temporary URL speaks for its own object alone, and for what that one names within the reach of its key.
FoundObject read_one(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place,
                     const std::optional<std::string>& version) {
    auto container = txn.peek<Container>(place.account, place.container);
    require_object_read(call, txn, place, container ? &*container : nullptr);
    if (!container) throw object_missing();
    FoundObject found{.container = std::move(*container), .object = {}, .location = {}};
    // Older versions are for owners only, and no temporary URL was signed for them.
    if (version && !is_temp_url(call)) {
        if (!owns(call, place.account)) deny(call);
        found.object = require_version(txn, found.container, place.name, *version).object;
    } else {
        auto object = txn.peek<Object>(place.account, place.container, place.name);
        if (!object) throw object_missing();
        found.object = std::move(*object);
    }
    // What ends is that it is current.
    if (!(version && found.object.versioned) && found.object.expired(call.now())) throw object_missing();
    return found;
}

}  // namespace

ObjectPlace place_of(const SwiftCall& call) {
    ObjectPlace place{call.path("account"), call.path("container"), call.path("object")};
    check(call, place);
    return place;
}

ObjectPlace place_of(const Object& object) { return {object.account, object.container, object.name}; }

std::string url_of(const ObjectPlace& place) {
    return text::percent_encode(fmt::format("/v1/{}/{}/{}", place.account, place.container, place.name), "/");
}

ObjectPlace place_from_header(const SwiftCall& call, std::string_view header, const std::string& account) {
    auto value = text::percent_decode(call.header(header).value_or(""));
    std::string_view path = value ? std::string_view(*value) : std::string_view();
    if (path.starts_with('/')) path.remove_prefix(1);
    const auto slash = path.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == path.size() || !text::is_utf8(path) ||
        path.find('\0') != std::string_view::npos)
        throw Fault(Errc::precondition_failed, "{} header must be of the form <container name>/<object name>", header);
    ObjectPlace place{account, std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
    check(call, place);
    return place;
}

Fault object_missing() { return Fault::general(Errc::not_found); }

Links asked_links(const SwiftCall& call) { return call.query("symlink") == "get" ? Links::show : Links::follow; }

FoundObject readable_object(const SwiftCall& call, const ObjectPlace& place, const std::optional<std::string>& version,
                            Links links) {
    store::Transaction txn(call.module<Swift>().store, {});
    auto found = read_one(call, txn, place, version);
    const bool quotes_etag = wants_quotes(call.module<Swift>(), txn, found.container);
    found.quotes_etag = quotes_etag;
    if (links == Links::show || !found.object.is_link()) return found;
    LinkWalk walk(call.module<Swift>().settings.max_links);
    while (found.object.is_link()) {
        const auto next = walk.follow(found.object);
        try {
            found = read_one(call, txn, next, std::nullopt);
        } catch (const Fault& fault) {
            throw walk.dead_end(fault.status(), fault.what());
        }
        walk.arrive(found.object);
    }
    found.location = url_of(place_of(found.object));
    found.quotes_etag = quotes_etag;
    return found;
}

Container writable_container(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place) {
    auto container = txn.get<Container>(place.account, place.container);
    if (is_temp_url(call))
        require_temp_url(call, txn, place);
    else
        require_write(call, place.account, container ? &*container : nullptr);
    if (!container) throw object_missing();
    return std::move(*container);
}

}  // namespace cumulet::objectstore::swift

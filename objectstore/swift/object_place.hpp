// The object that a call names, and reading it.
#pragma once

#include <optional>
#include <string>

#include "objectstore/model/space.hpp"
#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

struct ObjectPlace {
    std::string account, container, name;
    bool operator==(const ObjectPlace&) const = default;
};

// Of the call's path; checked as Swift checks names.
ObjectPlace place_of(const SwiftCall& call);
// "/container/object", percent-encoded, as X-Copy-From and Destination have it. Throws Fault 412 naming `header`.
ObjectPlace place_from_header(const SwiftCall& call, std::string_view header, const std::string& account);
ObjectPlace place_of(const Object& object);
// "/v1/account/container/object", percent-encoded.
std::string url_of(const ObjectPlace& place);

api::Fault object_missing();

struct FoundObject {
    Container container;
    Object object;
    std::string location;      // where links led; empty: the object stands where it was asked for
    bool quotes_etag = false;  // as the container says that was asked for
};
enum class Links { follow, show };
// What may be read there: the version asked for, else the current one, at the end of links where they are to be
// followed. Throws Fault 401, 403, 404; OtherAnswer where a link leads nowhere.
FoundObject readable_object(const SwiftCall& call, const ObjectPlace& place, const std::optional<std::string>& version,
                            Links links);
// As `symlink=get` says.
Links asked_links(const SwiftCall& call);

// The container to write to, guarded until the commit. Throws Fault 401, 403, 404.
Container writable_container(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place);

}  // namespace cumulet::objectstore::swift

// The object that a call names, and reading it.
#pragma once

#include <optional>
#include <string>

#include "common/api/call.hpp"
#include "objectstore/model/space.hpp"

namespace cumulet::objectstore::swift {

struct ObjectPlace {
    std::string account, container, name;
};

// Of the call's path; checked as Swift checks names.
ObjectPlace place_of(const api::Call& call);
// "/container/object", percent-encoded, as X-Copy-From and Destination have it. Throws Fault 412 naming `header`.
ObjectPlace place_from_header(const api::Call& call, std::string_view header, const std::string& account);

api::Fault object_missing();

// What may be read there. Throws Fault 401, 403, 404.
Object readable_object(const api::Call& call, const ObjectPlace& place);
// The container to write to, guarded until the commit. Throws Fault 401, 403, 404.
Container writable_container(const api::Call& call, store::Transaction& txn, const ObjectPlace& place);

}  // namespace cumulet::objectstore::swift

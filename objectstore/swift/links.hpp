// Objects that are links to others: X-Symlink-Target, and X-Symlink-Target-Etag for those that hold on to one content.
#pragma once

#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

// Follows links one by one, not for ever.
class LinkWalk {
public:
    explicit LinkWalk(std::size_t maximum) : left_(maximum), maximum_(maximum) {}
    // Where this link leads. Throws OtherAnswer 409 at one link too many.
    ObjectPlace follow(const Object& link);
    // Throws OtherAnswer 409 when it is not what a static link said.
    void arrive(const Object& target);
    // An answer that names the place where the walk ended.
    OtherAnswer dead_end(int status, const std::string& why) const;

private:
    std::size_t left_;
    const std::size_t maximum_;
    std::string etag_, location_;
};

// What ETag clients see of an object.
const std::string& shown_etag(const Object& object);

bool makes_link(const SwiftCall& call);
// Makes `object` the link that a PUT asks for. Throws Fault 400, 412; OtherAnswer 409 when a static target is not as
// said.
void set_link(const SwiftCall& call, const ObjectPlace& place, Object& object);
// X-Symlink-Target-Account; empty without one. Throws Fault 412.
std::string sent_target_account(const SwiftCall& call);
// X-Symlink-Target and its like, for those who ask for the link itself.
void show_link(const Object& object, http::Headers& headers);
// "container/object", percent-encoded.
std::string target_of(const Link& link);
ObjectPlace place_of(const Link& link, const std::string& account);

}  // namespace cumulet::objectstore::swift

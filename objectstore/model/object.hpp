#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/store/record.hpp"
#include "objectstore/engine/blob.hpp"

namespace cumulet::objectstore {

// Where a link leads. Of a static one the target must still be what it was.
struct Link {
    std::string account, container, name;
    std::string etag;          // of a static link: the target's as it was, else empty
    std::uint64_t length = 0;  // of a static link: the target's bytes
    std::string static_etag;   // of a static link to a static large object
    bool set() const { return !container.empty(); }
    bool is_static() const { return !etag.empty(); }
    bool operator==(const Link&) const = default;
};

struct Object {
    std::string account;
    std::string container;
    std::string name;
    Timestamp modified_at{};
    std::string content_type;
    std::string etag;                             // MD5 of the blob, in hex
    std::uint64_t length = 0;                     // bytes a reader gets; of a static large object those of its segments
    Blob blob;                                    // the bytes, or the manifest of a static large object
    std::map<std::string, std::string> metadata;  // by the name behind X-Object-Meta-
    std::map<std::string, std::string> headers;   // Content-Encoding and the like, as they are answered
    std::optional<Timestamp> delete_at;
    std::string dynamic_prefix;  // "container/prefix" of the segments of a dynamic large object
    std::string static_etag;     // of a static large object: MD5 of the ETags of its segments
    Timestamp made_at{};         // when its bytes were put: the order of versions
    bool versioned = false;      // put while versioning was on: its version id is made_at; else it is the null version
    Link link;                   // set: this object is a link
    // What S3 keeps with an object beside its headers, by name: "acl", "tags", "owner", "retention", "checksum" …
    std::map<std::string, std::string> system;

    bool is_static_large() const { return !static_etag.empty(); }
    bool is_dynamic_large() const { return !dynamic_prefix.empty(); }
    bool is_link() const { return link.set(); }
    bool expired(Timestamp now) const { return delete_at && *delete_at <= now; }
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::Link> {
    using Link = cumulet::objectstore::Link;
    static constexpr auto fields = List{field("account", &Link::account), field("container", &Link::container),
                                        field("name", &Link::name),       field("etag", &Link::etag),
                                        field("length", &Link::length),   field("static_etag", &Link::static_etag)};
};

template <>
struct cumulet::store::Describe<cumulet::objectstore::Object> {
    using R = cumulet::objectstore::Object;
    static constexpr std::string_view collection = "object";
    static constexpr int version = 3;
    static constexpr auto key = List{&R::account, &R::container, &R::name};
    static constexpr auto fields = List{field("account", &R::account),
                                        field("container", &R::container),
                                        field("name", &R::name),
                                        field("modified_at", &R::modified_at),
                                        field("content_type", &R::content_type),
                                        field("etag", &R::etag),
                                        field("length", &R::length),
                                        field("blob", &R::blob),
                                        field("metadata", &R::metadata),
                                        field("headers", &R::headers),
                                        field("delete_at", &R::delete_at),
                                        field("dynamic_prefix", &R::dynamic_prefix),
                                        field("static_etag", &R::static_etag),
                                        field("made_at", &R::made_at),
                                        field("versioned", &R::versioned),
                                        field("link", &R::link),
                                        field("system", &R::system)};
    // Only objects that will expire stand in it, by their time.
    static constexpr auto indexes = List{each("expiry", [](const R& object) {
        std::vector<Timestamp> times;
        if (object.delete_at) times.push_back(*object.delete_at);
        return times;
    })};
};

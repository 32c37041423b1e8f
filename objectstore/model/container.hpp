#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "common/store/record.hpp"

namespace cumulet::objectstore {

// Once on, versioning is never off again: it can only be suspended.
enum class Versioning { off, enabled, suspended };

struct Container {
    std::string account;
    std::string name;
    Timestamp created_at{};
    Timestamp changed_at{};
    std::string read_acl, write_acl;              // as cleaned when they were set
    std::map<std::string, std::string> metadata;  // by the name behind X-Container-Meta-
    Versioning versioning = Versioning::off;
    std::string archive;            // where Swift's old style of versioning puts what is replaced
    bool archive_deletes = false;   // in that style: deletes are archived too (X-History-Location)
    std::string policy;             // name of its storage policy; empty: the default
    std::string sync_to, sync_key;  // container sync: the other side, and the shared secret
    // S3's settings of a bucket, by name: "acl", "policy", "cors", "lifecycle" …
    std::map<std::string, std::string> system;
    std::optional<bool> quoted_etags;  // whether Swift shows ETags of objects in quotes; absent: as the account says
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::EnumNames<cumulet::objectstore::Versioning> {
    using V = cumulet::objectstore::Versioning;
    static constexpr std::array<std::pair<V, std::string_view>, 3> names{
        {{V::off, "off"}, {V::enabled, "enabled"}, {V::suspended, "suspended"}}};
};

template <>
struct cumulet::store::Describe<cumulet::objectstore::Container> {
    using R = cumulet::objectstore::Container;
    static constexpr std::string_view collection = "container";
    static constexpr int version = 4;
    static constexpr auto key = List{&R::account, &R::name};
    static constexpr auto fields = List{field("account", &R::account),
                                        field("name", &R::name),
                                        field("created_at", &R::created_at),
                                        field("changed_at", &R::changed_at),
                                        field("read_acl", &R::read_acl),
                                        field("write_acl", &R::write_acl),
                                        field("metadata", &R::metadata),
                                        field("versioning", &R::versioning),
                                        field("archive", &R::archive),
                                        field("archive_deletes", &R::archive_deletes),
                                        field("policy", &R::policy),
                                        field("sync_to", &R::sync_to),
                                        field("sync_key", &R::sync_key),
                                        field("system", &R::system),
                                        field("quoted_etags", &R::quoted_etags)};
    static constexpr auto indexes = List{};
};

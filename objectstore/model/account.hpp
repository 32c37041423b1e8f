#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::objectstore {

struct Account {
    std::string name;  // "AUTH_<project id>"
    Timestamp created_at{};
    Timestamp changed_at{};
    std::map<std::string, std::string> metadata;          // by the name behind X-Account-Meta-
    std::map<std::string, std::vector<std::string>> acl;  // "admin", "read-write", "read-only": who
    std::optional<bool> quoted_etags;                     // what its containers say when they say nothing
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::Account> {
    using R = cumulet::objectstore::Account;
    static constexpr std::string_view collection = "account";
    static constexpr int version = 3;
    static constexpr auto key = List{&R::name};
    static constexpr auto fields = List{field("name", &R::name),
                                        field("created_at", &R::created_at),
                                        field("changed_at", &R::changed_at),
                                        field("metadata", &R::metadata),
                                        field("acl", &R::acl),
                                        field("quoted_etags", &R::quoted_etags)};
    static constexpr auto indexes = List{};
};

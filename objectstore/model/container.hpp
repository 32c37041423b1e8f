#pragma once

#include <map>
#include <string>
#include <tuple>

#include "common/store/record.hpp"

namespace cumulet::objectstore {

struct Container {
    std::string account;
    std::string name;
    Timestamp created_at{};
    Timestamp changed_at{};
    std::string read_acl, write_acl;              // as cleaned when they were set
    std::map<std::string, std::string> metadata;  // by the name behind X-Container-Meta-
};

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::Container> {
    using R = cumulet::objectstore::Container;
    static constexpr std::string_view collection = "container";
    static constexpr int version = 1;
    static constexpr auto key = std::tuple{&R::account, &R::name};
    static constexpr auto fields = std::tuple{field("account", &R::account),       field("name", &R::name),
                                              field("created_at", &R::created_at), field("changed_at", &R::changed_at),
                                              field("read_acl", &R::read_acl),     field("write_acl", &R::write_acl),
                                              field("metadata", &R::metadata)};
    static constexpr auto indexes = std::tuple{};
};

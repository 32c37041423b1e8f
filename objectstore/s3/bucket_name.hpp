// Bucket names are one space for all accounts, unlike those of containers: whose bucket a name means for others than
// its owner. It counts only while that account has such a container.
#pragma once

#include <string>
#include <tuple>

#include "common/store/record.hpp"

namespace cumulet::objectstore::s3 {

struct BucketName {
    std::string name;
    std::string account;
};

}  // namespace cumulet::objectstore::s3

template <>
struct cumulet::store::Describe<cumulet::objectstore::s3::BucketName> {
    using R = cumulet::objectstore::s3::BucketName;
    static constexpr std::string_view collection = "bucket_name";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::name};
    static constexpr auto fields = List{field("name", &R::name), field("account", &R::account)};
    static constexpr auto indexes = List{};
};

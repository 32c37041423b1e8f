// What all listings of a bucket have in common.
#pragma once

#include <string>
#include <string_view>

#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

struct PageOrder {
    std::string prefix, delimiter;
    std::size_t max_keys = 1000;
    bool as_url = false;
    // A name as the listing shows it.
    std::string shown(std::string_view name) const;
};

// `limit` names the parameter: "max-keys", "max-uploads", "max-parts". Throws S3Error InvalidArgument.
PageOrder page_order(const S3Call& call, std::string_view limit);

// A number in a query, at most `maximum`. Throws S3Error InvalidArgument.
std::size_t number_in_query(const S3Call& call, std::string_view name, std::size_t fallback, std::size_t maximum);

// A name as a page's end says it to the next, and back. Throws S3Error InvalidArgument.
std::string name_in_token(const std::string& token);

}  // namespace cumulet::objectstore::s3

// Listings as HTML pages.
#pragma once

#include <string>
#include <vector>

#include "objectstore/model/listing.hpp"

namespace cumulet::objectstore::swift {

struct WebListing {
    std::string title;   // what is listed
    std::string prefix;  // ends with a slash, or empty
    std::string css;     // style sheet: a URL, or a name in the container; empty: a plain one
};

std::string listing_page(const WebListing& page, const std::vector<ObjectEntry>& entries);
// Shown where the owner publishes no listings; `index` is the page that was looked for.
std::string listing_disabled_page(const WebListing& page, const std::string& index);

}  // namespace cumulet::objectstore::swift

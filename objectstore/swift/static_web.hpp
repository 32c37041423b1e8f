// Containers as web sites: index pages, listings and error pages as the container's metadata says
// (X-Container-Meta-Web-Index, -Error, -Listings, -Listings-Css, -Listings-Label, -Directory-Type).
#pragma once

#include <optional>

#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

// Whether the caller is to be answered as a browser: nobody who logged in, or who asks for it (X-Web-Mode: true).
bool is_web_request(const SwiftCall& call);
// The page of a container; absent where it is no site: then it is answered like any other.
http::Task<std::optional<api::Reply>> show_site(SwiftCall& call, const std::string& account,
                                                const std::string& container);
// An object of a site: itself, an index below it, a listing, or the error page.
http::Task<api::Reply> show_page(SwiftCall& call, const ObjectPlace& place);

}  // namespace cumulet::objectstore::swift

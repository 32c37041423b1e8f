// Which images a list shows, and in what order.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/api/call.hpp"
#include "common/store/transaction.hpp"
#include "compute/images/image.hpp"

namespace cumulet::compute::images {

struct SortKey {
    std::string name = "created_at";
    bool descending = true;
};

struct Listing {
    std::map<std::string, std::string> equal;   // attribute or property to its value
    std::map<std::string, std::string> bounds;  // size_min, size_max, created_at, updated_at
    std::vector<std::string> tags;              // all of them
    std::optional<std::string> visibility;      // "all" too
    std::string member_status = "accepted";     // "all" too
    bool hidden = false;
    std::vector<SortKey> sort;
};

// Reads the query. Fault 400 for what is not understood.
Listing read_listing(const api::Call& call);
// Every image that fits, in order.
std::vector<Image> listed_images(const api::Call& call, store::Transaction& txn, const Listing& listing);

}  // namespace cumulet::compute::images

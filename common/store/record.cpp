#include "common/store/record.hpp"

namespace cumulet::store::detail {

// Rows and index entries have prefixes of their own, so that no scan of one meets the other.
std::string row_prefix(std::string_view collection) {
    std::string key = "r";
    append_key(key, collection);
    return key;
}

std::string index_prefix(std::string_view collection, std::string_view index) {
    std::string key = "x";
    append_key(key, collection);
    append_key(key, index);
    return key;
}

}  // namespace cumulet::store::detail

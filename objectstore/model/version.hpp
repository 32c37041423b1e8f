// What a name held before, and the marks of its deletions. The current version of a name is its Object; a Version
// stands beside it for everything older.
#pragma once

#include <limits>
#include <tuple>

#include "objectstore/model/object.hpp"

namespace cumulet::objectstore {

struct Version {
    Object object;               // of a delete marker only its names and times
    bool delete_marker = false;  // from this time on the name was deleted
};

// Parts of its keys: the newest sorts first; a name has one null version at most (names hold no NUL).
inline std::int64_t age_part(Timestamp time) {
    return std::numeric_limits<std::int64_t>::max() - time.time_since_epoch().count();
}
inline std::string null_part(const std::string& account, const std::string& container, const std::string& name) {
    return account + '\0' + container + '\0' + name;
}
inline std::string null_part(const Object& object) {
    return object.versioned ? std::string() : null_part(object.account, object.container, object.name);
}

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::Version> {
    using R = cumulet::objectstore::Version;
    static constexpr std::string_view collection = "version";
    static constexpr int version = 2;
    // Newest first.
    static constexpr auto key = List{[](const R& row) -> const std::string& { return row.object.account; },
                                     [](const R& row) -> const std::string& { return row.object.container; },
                                     [](const R& row) -> const std::string& { return row.object.name; },
                                     [](const R& row) { return objectstore::age_part(row.object.made_at); }};
    static constexpr auto fields = List{field("object", &R::object), field("delete_marker", &R::delete_marker)};
    static constexpr auto indexes =
        List{each("expiry",
                  [](const R& row) {
                      std::vector<Timestamp> times;
                      if (row.object.delete_at) times.push_back(*row.object.delete_at);
                      return times;
                  }),
             unique("null", [](const R& row) { return objectstore::null_part(row.object); })};
};

// All records of a service, named in one place for what must be done or checked for each of them.
#pragma once

#include <string>
#include <vector>

#include "common/store/reindex.hpp"

namespace cumulet::store {

template <Record... Rs>
struct RecordSet {
    // ensure_indexes<R>() for every record, and of all how many rows were indexed anew: what a daemon does first when
    // it starts, so that a new version finds its lists whole. One read a collection where nothing changed.
    static std::size_t ensure_indexes(Engine& engine) {
        return (std::size_t{0} + ... + store::ensure_indexes<Rs>(engine));
    }
    // schema_of<R>() of every record.
    static std::vector<std::string> schemas() { return {schema_of<Rs>()...}; }
};

}  // namespace cumulet::store

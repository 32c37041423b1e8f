// Host aggregates: hosts under a name, with metadata. One whose metadata names an availability zone gives that zone to
// its hosts (Host::zone, which is what placement reads).
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct Aggregate {
    std::int64_t id = 0;
    std::string uuid;
    std::string name;
    std::set<std::string> hosts;
    std::map<std::string, std::string> metadata;
    Timestamp created_at{};
    std::optional<Timestamp> updated_at;
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::Aggregate> {
    using Aggregate = cumulet::compute::Aggregate;
    static constexpr std::string_view collection = "aggregate";
    static constexpr int version = 1;
    static constexpr auto key = List{&Aggregate::id};
    static constexpr auto fields = List{field("id", &Aggregate::id),
                                        field("uuid", &Aggregate::uuid),
                                        field("name", &Aggregate::name),
                                        field("hosts", &Aggregate::hosts),
                                        field("metadata", &Aggregate::metadata),
                                        field("created_at", &Aggregate::created_at),
                                        field("updated_at", &Aggregate::updated_at)};
    static constexpr auto indexes = List{unique("name", &Aggregate::name), each("host", &Aggregate::hosts)};
};

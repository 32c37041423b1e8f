// Flavors: the sizes of servers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct Flavor {
    std::string id;  // as users name it: "1", or a UUID
    std::string name;
    std::int64_t vcpus = 1;
    std::int64_t memory_mib = 512;
    std::int64_t root_gib = 0;
    std::int64_t ephemeral_gib = 0;
    std::int64_t swap_mib = 0;
    double rxtx_factor = 1.0;
    bool is_public = true;
    bool disabled = false;
    std::string description;
    std::map<std::string, std::string> extra_specs;
    std::vector<std::string> projects;  // with access when not public
    Timestamp created_at{};
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::Flavor> {
    using Flavor = cumulet::compute::Flavor;
    static constexpr std::string_view collection = "flavor";
    static constexpr int version = 1;
    static constexpr auto key = List{&Flavor::id};
    static constexpr auto fields = List{field("id", &Flavor::id),
                                        field("name", &Flavor::name),
                                        field("vcpus", &Flavor::vcpus),
                                        field("memory_mib", &Flavor::memory_mib),
                                        field("root_gib", &Flavor::root_gib),
                                        field("ephemeral_gib", &Flavor::ephemeral_gib),
                                        field("swap_mib", &Flavor::swap_mib),
                                        field("rxtx_factor", &Flavor::rxtx_factor),
                                        field("is_public", &Flavor::is_public),
                                        field("disabled", &Flavor::disabled),
                                        field("description", &Flavor::description),
                                        field("extra_specs", &Flavor::extra_specs),
                                        field("projects", &Flavor::projects),
                                        field("created_at", &Flavor::created_at)};
    static constexpr auto indexes = List{unique("name", &Flavor::name)};
};

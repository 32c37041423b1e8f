// Limits that services ask for: a default for each resource, and what a project or domain has instead.
#pragma once

#include <cstdint>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct RegisteredLimit {
    std::string id, service_id, region_id, resource_name, description;
    std::int64_t default_limit = 0;
};

struct Limit {
    std::string id;
    std::string project_id, domain_id;  // one of them
    std::string service_id, region_id, resource_name, description;
    std::int64_t resource_limit = 0;
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::RegisteredLimit> {
    using R = identity::RegisteredLimit;
    static constexpr std::string_view collection = "registered_limit";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("service_id", &R::service_id),
                                        field("region_id", &R::region_id),
                                        field("resource_name", &R::resource_name),
                                        field("description", &R::description),
                                        field("default_limit", &R::default_limit)};
    static constexpr auto indexes = List{unique("resource", &R::service_id, &R::region_id, &R::resource_name)};
};

template <>
struct Describe<identity::Limit> {
    using R = identity::Limit;
    static constexpr std::string_view collection = "limit";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("project_id", &R::project_id),
                                        field("domain_id", &R::domain_id),
                                        field("service_id", &R::service_id),
                                        field("region_id", &R::region_id),
                                        field("resource_name", &R::resource_name),
                                        field("description", &R::description),
                                        field("resource_limit", &R::resource_limit)};
    static constexpr auto indexes =
        List{unique("place", &R::project_id, &R::domain_id, &R::service_id, &R::region_id, &R::resource_name),
             index("project", &R::project_id), index("domain", &R::domain_id),
             index("resource", &R::service_id, &R::region_id, &R::resource_name)};
};

}  // namespace cumulet::store

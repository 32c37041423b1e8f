// The service catalog: regions, services and their endpoints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct Region {
    std::string id, description = "", parent_region_id = "";
    nlohmann::json extra = nlohmann::json::object();
};

struct ServiceEntry {
    std::string id, type, name, description;
    bool has_name = false, has_description = false;
    bool enabled = true;
    nlohmann::json extra = nlohmann::json::object();
};

struct EndpointEntry {
    std::string id, service_id, region_id, interface, url;
    bool enabled = true;
    nlohmann::json extra = nlohmann::json::object();
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::Region> {
    using R = identity::Region;
    static constexpr std::string_view collection = "region";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id), field("description", &R::description),
                                        field("parent_region_id", &R::parent_region_id), field("extra", &R::extra)};
    static constexpr auto indexes = List{index("parent", &R::parent_region_id)};
};

template <>
struct Describe<identity::ServiceEntry> {
    using R = identity::ServiceEntry;
    static constexpr std::string_view collection = "service";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("type", &R::type),
                                        field("name", &R::name),
                                        field("description", &R::description),
                                        field("has_name", &R::has_name),
                                        field("has_description", &R::has_description),
                                        field("enabled", &R::enabled),
                                        field("extra", &R::extra)};
    static constexpr auto indexes = List{index("type", &R::type)};
};

template <>
struct Describe<identity::EndpointEntry> {
    using R = identity::EndpointEntry;
    static constexpr std::string_view collection = "endpoint";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("service_id", &R::service_id),
                                        field("region_id", &R::region_id),
                                        field("interface", &R::interface),
                                        field("url", &R::url),
                                        field("enabled", &R::enabled),
                                        field("extra", &R::extra)};
    static constexpr auto indexes = List{index("service", &R::service_id), index("region", &R::region_id)};
};

}  // namespace cumulet::store

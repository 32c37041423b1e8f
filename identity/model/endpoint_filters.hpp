// Which endpoints a project sees in its catalog: those that were tied to it, one by one or by groups; all, when none
// were.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

// The endpoints that have every attribute in `filters`: service_id, region_id, interface.
struct EndpointGroup {
    std::string id, name, description;
    nlohmann::json filters = nlohmann::json::object();
};

struct ProjectEndpoint {
    std::string project_id, endpoint_id;
};

struct ProjectEndpointGroup {
    std::string project_id, endpoint_group_id;
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::EndpointGroup> {
    using R = identity::EndpointGroup;
    static constexpr std::string_view collection = "endpoint_group";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id), field("name", &R::name),
                                        field("description", &R::description), field("filters", &R::filters)};
    static constexpr auto indexes = List{};
};

template <>
struct Describe<identity::ProjectEndpoint> {
    using R = identity::ProjectEndpoint;
    static constexpr std::string_view collection = "project_endpoint";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::project_id, &R::endpoint_id};
    static constexpr auto fields = List{field("project_id", &R::project_id), field("endpoint_id", &R::endpoint_id)};
    static constexpr auto indexes = List{index("endpoint", &R::endpoint_id)};
};

template <>
struct Describe<identity::ProjectEndpointGroup> {
    using R = identity::ProjectEndpointGroup;
    static constexpr std::string_view collection = "project_endpoint_group";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::project_id, &R::endpoint_group_id};
    static constexpr auto fields =
        List{field("project_id", &R::project_id), field("endpoint_group_id", &R::endpoint_group_id)};
    static constexpr auto indexes = List{index("group", &R::endpoint_group_id)};
};

}  // namespace cumulet::store

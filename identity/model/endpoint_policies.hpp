// Which policy document is for which endpoints: tied to one, to those of a service, or to those of a service in a
// region and the regions below.
#pragma once

#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

// Each place has one policy at most. Either endpoint_id, or service_id with or without region_id.
struct PolicyAssociation {
    std::string endpoint_id, service_id, region_id;
    std::string policy_id;
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::PolicyAssociation> {
    using R = identity::PolicyAssociation;
    static constexpr std::string_view collection = "policy_association";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::endpoint_id, &R::service_id, &R::region_id};
    static constexpr auto fields = List{field("endpoint_id", &R::endpoint_id), field("service_id", &R::service_id),
                                        field("region_id", &R::region_id), field("policy_id", &R::policy_id)};
    static constexpr auto indexes =
        List{index("policy", &R::policy_id), index("service", &R::service_id), index("region", &R::region_id)};
};

}  // namespace cumulet::store

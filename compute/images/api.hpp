// Glance's endpoint tables, one a resource, and the service they make together.
#pragma once

#include <cstdint>
#include <vector>

#include "common/api/service.hpp"

namespace cumulet::compute::images {

api::EndpointTable discovery_endpoints();
api::EndpointTable image_endpoints();
api::EndpointTable list_endpoints();
api::EndpointTable data_endpoints();
api::EndpointTable member_endpoints();
api::EndpointTable tag_endpoints();

// What handlers read; registered as a module, beside the ImageStore.
struct Settings {
    std::size_t default_page = 25;
    std::size_t max_page = 1000;
    std::uint64_t max_image_bytes = 1ull << 40;
    std::uint64_t max_virtual_bytes = 64ull << 40;
    std::size_t max_properties = 128;
    std::size_t max_tags = 128;
    std::size_t max_members = 128;
};

std::vector<api::EndpointTable> glance_tables();
// Its Service needs the modules Settings and ImageStore.
api::ServiceDescription glance_service();

// Rules that handlers ask beyond those of the endpoints: for the policy engine.
std::vector<auth::RuleDefault> attribute_rules();

}  // namespace cumulet::compute::images

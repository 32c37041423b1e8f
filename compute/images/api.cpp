#include "compute/images/api.hpp"

namespace cumulet::compute::images {

std::vector<api::EndpointTable> glance_tables() {
    return {discovery_endpoints(), image_endpoints(),  list_endpoints(),
            data_endpoints(),      member_endpoints(), tag_endpoints()};
}

api::ServiceDescription glance_service() {
    api::ServiceDescription description;
    description.name = "glance";
    description.tables = glance_tables();
    description.fault = api::glance_fault;
    description.trailing_slash = false;
    return description;
}

std::vector<auth::RuleDefault> attribute_rules() {
    return {{"publicize_image", "role:admin", {}},
            {"communitize_image", "role:admin or (role:member and project_id:%(owner)s)", {}}};
}

}  // namespace cumulet::compute::images

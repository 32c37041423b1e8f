#include "cli/client_files.hpp"

#include <fmt/format.h>

namespace cumulet::cli {
namespace {

std::string cloud(const CloudPlan& plan, const std::string& name, const std::string& user, const std::string& project,
                  const std::string& password) {
    return fmt::format(
        "  {}:\n"
        "    auth:\n"
        "      auth_url: {}/v3\n"
        "      username: {}\n"
        "      password: \"{}\"\n"
        "      project_name: {}\n"
        "      user_domain_name: Default\n"
        "      project_domain_name: Default\n"
        "    region_name: RegionOne\n"
        "    identity_api_version: 3\n"
        "    interface: public\n",
        name, plan.url(plan.ports.identity), user, password, project);
}

}  // namespace

std::string openrc(const CloudPlan& plan, const std::string& user, const std::string& project,
                   const std::string& password) {
    return fmt::format(
        "# source this file in a shell, then use `openstack`, `swift`, …\n"
        "unset OS_CLOUD OS_TOKEN OS_SYSTEM_SCOPE OS_PROJECT_ID OS_USER_ID OS_TENANT_NAME\n"
        "export OS_AUTH_URL={}/v3\n"
        "export OS_IDENTITY_API_VERSION=3\n"
        "export OS_AUTH_TYPE=password\n"
        "export OS_USERNAME={}\n"
        "export OS_PASSWORD='{}'\n"
        "export OS_PROJECT_NAME={}\n"
        "export OS_USER_DOMAIN_NAME=Default\n"
        "export OS_PROJECT_DOMAIN_NAME=Default\n"
        "export OS_REGION_NAME=RegionOne\n"
        "export OS_INTERFACE=public\n",
        plan.url(plan.ports.identity), user, password, project);
}

std::string clouds_yaml(const CloudPlan& plan) {
    return "clouds:\n" + cloud(plan, "cumulet", "admin", "admin", plan.secrets.admin_password) +
           cloud(plan, "cumulet-demo", "demo", "demo", plan.secrets.demo_password);
}

void write_client_files(const CloudPlan& plan) {
    const fs::path& folder = plan.state.path();
    write_private_file(folder / "openrc", openrc(plan, "admin", "admin", plan.secrets.admin_password),
                       Durability::volatile_file);
    write_private_file(folder / "openrc-demo", openrc(plan, "demo", "demo", plan.secrets.demo_password),
                       Durability::volatile_file);
    write_private_file(folder / "clouds.yaml", clouds_yaml(plan), Durability::volatile_file);
}

}  // namespace cumulet::cli

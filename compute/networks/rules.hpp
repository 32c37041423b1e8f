#pragma once

#include <string_view>

// Who may call, by the names of Neutron's default policy.
namespace cumulet::compute::networks {

inline constexpr std::string_view kMember = "rule:admin_or_project_member";
inline constexpr std::string_view kReader = "rule:admin_or_project_reader";

}  // namespace cumulet::compute::networks

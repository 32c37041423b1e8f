#pragma once

#include <string_view>

// Who may call, by the names of Nova's default policy; and the path that all actions on a server
// share.
namespace cumulet::compute::servers {

inline constexpr std::string_view kAdmin = "rule:context_is_admin";
inline constexpr std::string_view kMember = "rule:project_member_or_admin";
inline constexpr std::string_view kReader = "rule:project_reader_or_admin";

inline constexpr std::string_view kServerAction = "/v2.1/servers/{server_id}/action";

}  // namespace cumulet::compute::servers

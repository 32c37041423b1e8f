// Defaults of Glance's policy rules: one place, because several endpoints share some.
#pragma once

#include "common/api/endpoint.hpp"

namespace cumulet::compute::images {

using api::Policy;

inline constexpr std::string_view kSeen =
    "role:admin or (role:reader and (project_id:%(project_id)s or project_id:%(member_id)s or "
    "'community':%(visibility)s or "
    "'public':%(visibility)s or 'shared':%(visibility)s))";
inline constexpr std::string_view kDownloadable =
    "role:admin or (role:member and (project_id:%(project_id)s or project_id:%(member_id)s or "
    "'community':%(visibility)s or "
    "'public':%(visibility)s or 'shared':%(visibility)s))";
// The owner is the image's, not the actor's: handlers put these rules.
inline constexpr std::string_view kOwned = "role:admin or (role:member and project_id:%(owner)s)";
inline constexpr std::string_view kOwnedOrMember =
    "role:admin or (role:reader and (project_id:%(owner)s or project_id:%(member_id)s))";

inline constexpr Policy kGetImage{"get_image", kSeen};
inline constexpr Policy kGetImages{"get_images", "rule:project_reader_or_admin"};
inline constexpr Policy kAddImage{"add_image", kOwned};
inline constexpr Policy kModifyImage{"modify_image", kOwned};
inline constexpr Policy kDeleteImage{"delete_image", kOwned};
inline constexpr Policy kUploadImage{"upload_image", kOwned};
inline constexpr Policy kDownloadImage{"download_image", kDownloadable};
inline constexpr Policy kDeactivate{"deactivate", kOwned};
inline constexpr Policy kReactivate{"reactivate", kOwned};
inline constexpr Policy kGetMembers{"get_members", kOwnedOrMember};
inline constexpr Policy kGetMember{"get_member", kOwnedOrMember};
inline constexpr Policy kAddMember{"add_member", kOwned};
inline constexpr Policy kDeleteMember{"delete_member", kOwned};
inline constexpr Policy kModifyMember{"modify_member", "role:admin or (role:member and project_id:%(member_id)s)"};
inline constexpr Policy kTasksApi{"tasks_api_access", "role:admin"};
inline constexpr Policy kGetMetadefs{"get_metadef_namespaces", "rule:project_reader_or_admin"};
inline constexpr Policy kGetResourceTypes{"list_metadef_resource_types", "rule:project_reader_or_admin"};

}  // namespace cumulet::compute::images

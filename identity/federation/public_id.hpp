// The ids of users and groups that another place keeps.
#pragma once

#include <string>
#include <string_view>

namespace cumulet::identity::federation {

// What Keystone's default generator gives: the same in every cloud, so that an import keeps ids. `entity_type` is
// "user" or "group".
std::string public_id_of(std::string_view domain_id, std::string_view entity_type, std::string_view local_id);

}  // namespace cumulet::identity::federation

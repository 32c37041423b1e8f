// The ACL of an account: X-Account-Access-Control, JSON that names who may read, write or administer all of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/auth/context.hpp"
#include "objectstore/model/account.hpp"

namespace cumulet::objectstore::swift {

enum class Grant { none, read, write, admin };

// Names that an ACL may give to a user: tempauth's groups; of Keystone's users "<project id>:<user id>", the user's id
// and the project's.
std::vector<std::string> groups_of(const auth::Context& who);
Grant grant_of(const Account& account, const auth::Context& who);

using AccountAcl = std::map<std::string, std::vector<std::string>>;
// Throws Fault 400 for what is no such JSON. Empty text: no ACL.
AccountAcl parse_account_acl(std::string_view text);
// ASCII only; empty for no ACL.
std::string to_json(const AccountAcl& acl);

}  // namespace cumulet::objectstore::swift

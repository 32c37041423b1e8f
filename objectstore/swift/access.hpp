// Who may do what: operators their own account, reseller administrators every one, others what a container's ACLs say.
#pragma once

#include <string>

#include "common/api/call.hpp"
#include "objectstore/model/container.hpp"

namespace cumulet::objectstore::swift {

// Whether the caller may do everything in this account.
bool owns(const api::Call& call, const std::string& account);

// Each throws Fault 401 without a valid token, 403 with one. `container` is null where there is none: that it is
// missing is for its owner alone to know.
void require_owner(const api::Call& call, const std::string& account);
void require_reseller(const api::Call& call);
void require_read(const api::Call& call, const std::string& account, const Container* container);
// As require_read, but a public container must also publish its listing.
void require_list(const api::Call& call, const std::string& account, const Container* container);
void require_write(const api::Call& call, const std::string& account, const Container* container);

}  // namespace cumulet::objectstore::swift

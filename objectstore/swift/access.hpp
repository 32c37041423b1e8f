// Who may do what: owners everything in their account, reseller administrators everything in every one, others what the
// account's ACL and a container's ACLs say.
#pragma once

#include <string>

#include "objectstore/model/account.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/swift/call.hpp"
#include "objectstore/swift/object_place.hpp"

namespace cumulet::objectstore::swift {

// Whether the caller may do everything in this account.
bool owns(const SwiftCall& call, const std::string& account);
bool is_reseller(const SwiftCall& call);
// Whether names in a container's ACLs count, not only ids: not where the account's project is of another domain than
// the default one, which its owner has said with the container.
bool names_hold(const Container& container);

// Each throws Fault 401 without a valid token, 403 with one. `container` is null where there is none: that it is
// missing is for its owner alone to know.
void require_owner(const SwiftCall& call, const std::string& account);
void require_reseller(const SwiftCall& call);
// To look at the account and list its containers.
void require_account_read(const SwiftCall& call, const std::string& account);
// To make, change and delete containers.
void require_account_write(const SwiftCall& call, const std::string& account);
// To read an object at `place`; by a temporary URL only what its key reaches.
void require_object_read(const SwiftCall& call, store::Transaction& txn, const ObjectPlace& place,
                         const Container* container);
// As reading, but a public container must also publish its listing.
void require_list(const SwiftCall& call, const std::string& account, const Container* container);
void require_write(const SwiftCall& call, const std::string& account, const Container* container);
// Whether the caller may list; never throws.
bool may_list(const SwiftCall& call, const std::string& account, const Container* container);

[[noreturn]] void deny(const SwiftCall& call);

}  // namespace cumulet::objectstore::swift

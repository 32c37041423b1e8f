// Container ACLs in Swift's form: ".r:*", ".r:-bad.example.com", ".rlistings", "project:user", "project:*", "role".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/auth/context.hpp"

namespace cumulet::objectstore::swift {

struct Acl {
    std::vector<std::string> referrers;  // behind ".r:", in order; the last that fits decides
    std::vector<std::string> groups;     // everything else
    bool listings = false;               // .rlistings

    // `referrer`: the Referer header, empty without one.
    bool allows_referrer(std::string_view referrer) const;
    // `by_name`: the container's account is one of the default domain too; elsewhere only ids are sure.
    bool allows(const auth::Context& who, bool by_name = true) const;
};

// Reads what clean_acl() made.
Acl parse_acl(std::string_view text);
// The same in its normal form. Throws Fault 400 for what is no ACL; a write ACL knows no referrers.
std::string clean_acl(std::string_view text, bool for_writing);

}  // namespace cumulet::objectstore::swift

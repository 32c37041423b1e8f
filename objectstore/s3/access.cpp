#include "common/auth/context.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/swift/acl.hpp"

namespace cumulet::objectstore::s3 {

namespace {

// What a container's ACLs of the Swift API give, holds here too.
bool swift_acl_allows(const S3Call& call, Grant grant, bool about_bucket) {
    const auto& container = call.container;
    if (grant == Grant::write) return !call.anonymous() && swift::parse_acl(container.write_acl).allows(call.who());
    if (grant != Grant::read) return false;
    const auto acl = swift::parse_acl(container.read_acl);
    if (!call.anonymous() && acl.allows(call.who())) return true;
    if (about_bucket && !acl.listings) return false;
    return acl.allows_referrer(call.header("Referer").value_or(""));
}

}  // namespace

bool is_allowed(const S3Call& call, std::string_view, Grant grant, const std::string& key, const std::string*) {
    if (call.owns) return true;
    return swift_acl_allows(call, grant, key.empty());
}

void authorize(const S3Call& call, std::string_view action, Grant grant, const std::string& key,
               const std::string* object_acl) {
    if (!is_allowed(call, action, grant, key, object_acl)) throw S3Error("AccessDenied");
}

}  // namespace cumulet::objectstore::s3

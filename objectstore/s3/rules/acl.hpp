// Access control lists: who was granted what, beside the owner.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"
#include "objectstore/s3/wire/xml_in.hpp"
#include "objectstore/s3/wire/xml_out.hpp"

namespace cumulet::objectstore::s3 {

enum class Permission { read, write, read_acp, write_acp, full_control };

struct AclGrant {
    Permission permission = Permission::read;
    std::string who;  // a project's id, or the URI of a group
    bool operator==(const AclGrant&) const = default;
};

inline constexpr std::string_view kEveryone = "http://acs.amazonaws.com/groups/global/AllUsers";
inline constexpr std::string_view kSignedIn = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

struct AclList {
    std::string owner;  // id
    std::vector<AclGrant> grants;

    // `id`: the caller's, empty for nobody.
    bool allows(Permission wanted, std::string_view id) const;
    bool is_public() const;
    // Full control for the owner, and nothing for anybody else.
    bool is_private() const;
    // Without what groups were granted.
    AclList without_public() const;

    // For keeping: a line a grant.
    std::string text() const;
    static AclList from_text(std::string_view text);
};

// The owner alone.
AclList private_acl(const std::string& owner);
// "public-read" and its like. nullopt: no such canned ACL. `bucket_owner`: of the bucket that an object is in.
std::optional<AclList> canned_acl(std::string_view name, const std::string& owner, const std::string& bucket_owner);
// x-amz-acl or x-amz-grant-…; nullopt without any. Throws S3Error InvalidArgument, InvalidRequest.
std::optional<AclList> acl_of_headers(const http::Headers& headers, const std::string& owner,
                                      const std::string& bucket_owner);
// AccessControlPolicy. Throws S3Error MalformedACLError, and AccessDenied when it would change the owner.
AclList acl_of_document(const XmlNode& document, const std::string& owner);
void show_acl(XmlOut& out, const AclList& acl);

}  // namespace cumulet::objectstore::s3

#include "objectstore/s3/rules/ownership.hpp"

#include "objectstore/s3/rules/acl.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

std::optional<Ownership> ownership_named(std::string_view name) {
    if (name == "ObjectWriter") return Ownership::writer;
    if (name == "BucketOwnerPreferred") return Ownership::preferred;
    if (name == "BucketOwnerEnforced") return Ownership::enforced;
    return std::nullopt;
}

Ownership parse_ownership(const XmlNode& document) {
    const auto* rule = document.child("Rule");
    const auto named = rule ? ownership_named(rule->text_of("ObjectOwnership")) : std::nullopt;
    if (!named || document.all("Rule").size() != 1) throw S3Error("MalformedXML");
    return *named;
}

void refuse_acl_headers(const http::Headers& headers, const std::string& bucket_owner) {
    const auto acl = acl_of_headers(headers, bucket_owner, bucket_owner);
    if (!acl) return;
    const auto canned = headers.get("x-amz-acl");
    if (canned ? *canned == "bucket-owner-full-control" : acl->is_private()) return;
    throw S3Error("AccessControlListNotSupported");
}

}  // namespace cumulet::objectstore::s3

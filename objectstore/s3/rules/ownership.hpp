// OwnershipControls: who owns what others put into a bucket, and whether ACLs count there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.hpp"
#include "objectstore/s3/wire/xml_in.hpp"

namespace cumulet::objectstore::s3 {

enum class Ownership {
    writer,     // who put an object owns it
    preferred,  // the same, but the bucket's owner where the writer grants full control to it
    enforced    // the bucket's owner owns all; ACLs grant nothing and are refused
};

// As the header and the document name it; nullopt: none of them.
std::optional<Ownership> ownership_named(std::string_view name);
// Throws S3Error MalformedXML.
Ownership parse_ownership(const XmlNode& document);

// Throws S3Error AccessControlListNotSupported for ACL headers where ownership is enforced: one that says what holds
// anyhow, full control for the bucket's owner, is let pass.
void refuse_acl_headers(const http::Headers& headers, const std::string& bucket_owner);

}  // namespace cumulet::objectstore::s3

// Objects as S3's headers and documents show them, and what a request says about the object it makes.
#pragma once

#include <optional>
#include <string>

#include "objectstore/model/object.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/checksums.hpp"
#include "objectstore/s3/rules/acl.hpp"

namespace cumulet::objectstore::s3 {

// The ETag without and with its quotes. That of a Swift large object is no MD5 of its bytes, and is marked as S3 marks
// such.
std::string shown_etag(const Object& object);
std::string quoted_etag(const Object& object);
std::string plain_etag(std::string_view sent);

void show_owner(const S3Call& call, XmlOut& out, const Object& object);

// Content-Type, Content-Encoding, …, x-amz-meta-… of the request, into the object. Throws S3Error MetadataTooLarge.
void take_headers(const S3Call& call, Object& object);
// Tags, ACL, lock, storage class, redirect and encryption of the request. Throws S3Error.
void take_attributes(const S3Call& call, Object& object);
// The ACL of an object; private where none was set.
AclList acl_of(const S3Call& call, const Object& object);
// Whose object it is, as S3 shows it: of the account that put it.
std::string owner_of(const S3Call& call, const Object& object);
// What was kept with it, "CRC32C=base64".
std::optional<Checksum> object_checksum(const Object& object);
// "COMPOSITE" where it is made of those of parts, else "FULL_OBJECT".
std::string checksum_type(const Object& object);
// x-amz-version-id, where the bucket has versions.
void show_version(const S3Call& call, const Object& object, http::Headers& headers);
// Everything that GET and HEAD tell besides length and body.
void show_headers(const S3Call& call, const Object& object, http::Headers& headers);
// response-content-type and its like, which only signed requests may use. Throws S3Error.
void override_headers(const S3Call& call, http::Headers& headers);

// If-Match and If-None-Match of a write against what is there (null: nothing). Throws S3Error.
void check_write_conditions(const S3Call& call, const Object* there);

enum class Verdict { proceed, not_modified, failed };
// The conditions of a read; `prefix` is "x-amz-copy-source-" for those of a copy's source.
Verdict judge_conditions(const S3Call& call, const Object& object, const std::string& prefix = "");

}  // namespace cumulet::objectstore::s3

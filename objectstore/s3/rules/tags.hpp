// Tag sets of buckets and objects.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "objectstore/s3/wire/xml_in.hpp"
#include "objectstore/s3/wire/xml_out.hpp"

namespace cumulet::objectstore::s3 {

using Tags = std::map<std::string, std::string>;

// "a=b&c=d", percent-encoded, as x-amz-tagging has it and as they are kept. Throws S3Error InvalidTag, InvalidArgument.
Tags tags_of_query(std::string_view text, std::size_t most);
std::string query_of_tags(const Tags& tags);
// Tagging/TagSet. Throws S3Error MalformedXML, InvalidTag.
Tags tags_of_document(const XmlNode& document, std::size_t most);
std::string document_of_tags(const Tags& tags);

inline constexpr std::size_t kMaxObjectTags = 10, kMaxBucketTags = 50;

}  // namespace cumulet::objectstore::s3

// CORS rules of a bucket: which pages' scripts may use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objectstore/s3/wire/xml_in.hpp"

namespace cumulet::objectstore::s3 {

struct CorsRule {
    std::vector<std::string> origins, methods, headers, exposed;
    std::string max_age;  // seconds; empty: not said
};

// Throws S3Error MalformedXML, InvalidRequest.
std::vector<CorsRule> parse_cors(const XmlNode& document);

// The first rule that allows this; `headers`: what a preflight asks for, comma-separated.
const CorsRule* cors_rule_for(const std::vector<CorsRule>& rules, std::string_view origin, std::string_view method,
                              std::string_view headers);

}  // namespace cumulet::objectstore::s3

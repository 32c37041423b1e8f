// A bucket as a web site.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "objectstore/s3/wire/xml_in.hpp"

namespace cumulet::objectstore::s3 {

struct Redirect {
    std::string protocol, host;
    std::optional<std::string> replace_prefix, replace_key;
    int status = 301;
};

struct RoutingRule {
    std::string prefix;  // of the key
    int error = 0;       // only when the answer would be this; 0: always
    Redirect to;
};

struct Website {
    std::string index, error;
    std::optional<Redirect> all;  // every request goes to another host
    std::vector<RoutingRule> rules;
};

// Throws S3Error MalformedXML, InvalidArgument.
Website parse_website(const XmlNode& document);

// Where a request for `key` is sent; nullptr: nowhere. `error`: the status it would get, 0 before that is known.
const RoutingRule* routing_rule_for(const Website& site, const std::string& key, int error);
// The Location of a redirect. `host` and `secure` are those of the request.
std::string location_of(const Redirect& to, const std::string& matched_prefix, const std::string& key,
                        const std::string& host, bool secure);

}  // namespace cumulet::objectstore::s3

// Pages of names as text, JSON or XML, and the query that asks for them.
#pragma once

#include <string>
#include <vector>

#include "common/api/reply.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

// limit, marker, end_marker, prefix, delimiter, path, reverse. Throws Fault 412 for a limit past `maximum`.
ListRequest list_request(const SwiftCall& call, std::size_t maximum);
// The same for ?versions, with version_marker. Throws Fault 400 as well.
VersionsRequest versions_request(const SwiftCall& call, std::size_t maximum);

// As asked for by `format` or Accept; 204 when there is nothing to say in plain text.
api::Reply show_objects(const SwiftCall& call, const std::string& container, const std::vector<ObjectEntry>& page);
api::Reply show_containers(const SwiftCall& call, const std::string& account, const std::vector<ContainerEntry>& page);
// What a HEAD says about the form that a GET would have.
api::Reply head_of_listing(const SwiftCall& call);
// JSON only. Throws Fault 406.
api::Reply show_versions(const SwiftCall& call, const std::vector<VersionEntry>& page);

// Text as it stands in JSON, with its quotes.
std::string json_text(std::string_view text);

}  // namespace cumulet::objectstore::swift

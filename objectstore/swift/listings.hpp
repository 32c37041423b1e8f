// Pages of names as text, JSON or XML, and the query that asks for them.
#pragma once

#include <string>
#include <vector>

#include "common/api/call.hpp"
#include "common/api/reply.hpp"
#include "objectstore/model/listing.hpp"

namespace cumulet::objectstore::swift {

// limit, marker, end_marker, prefix, delimiter, path, reverse. Throws Fault 412 for a limit past `maximum`.
ListRequest list_request(const api::Call& call, std::size_t maximum);

// As asked for by `format` or Accept; 204 when there is nothing to say in plain text.
api::Reply show_objects(const api::Call& call, const std::string& container, const std::vector<ObjectEntry>& page);
api::Reply show_containers(const api::Call& call, const std::string& account, const std::vector<ContainerEntry>& page);

// Text as it stands in JSON (with quotes) and in XML.
std::string json_text(std::string_view text);
std::string xml_text(std::string_view text);

}  // namespace cumulet::objectstore::swift

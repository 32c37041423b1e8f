// Schemas of bodies, of which making and changing something share most.
#pragma once

#include "common/api/endpoint.hpp"
#include "common/api/joined.hpp"

namespace cumulet::identity {

inline constexpr std::string_view kBodyStart = R"({"type": "object", "required": [")";
inline constexpr std::string_view kBodyMember = R"("], "properties": {")";
inline constexpr std::string_view kBodyObject = R"(": {"type": "object", )";
inline constexpr std::string_view kBodyProperties = R"(, "properties": {)";
inline constexpr std::string_view kBodyEnd = "}}}}";

// {"MEMBER": {…}}; `demands` are further members of the inner object's schema, `properties` its "properties".
template <const std::string_view& member, const std::string_view& demands, const std::string_view& properties>
inline constexpr api::Schema body_of{
    api::joined<kBodyStart, member, kBodyMember, member, kBodyObject, demands, kBodyProperties, properties, kBodyEnd>};

inline constexpr std::string_view kNamed = R"("required": ["name"])";   // of what is new
inline constexpr std::string_view kAnything = R"("minProperties": 1)";  // of what changes

// What domains and projects have.
inline constexpr std::string_view kProjectProperties =
    R"("name": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "\\S"},
    "description": {"type": ["string", "null"]},
    "enabled": {"type": "boolean"},
    "tags": {"type": "array", "maxItems": 80, "uniqueItems": true, "items": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"}},
    "options": {"type": "object", "additionalProperties": false, "properties": {"immutable": {"type": ["boolean", "null"]}}})";

}  // namespace cumulet::identity

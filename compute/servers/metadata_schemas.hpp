#pragma once

#include "common/api/endpoint.hpp"

// Bodies of the routes that change metadata of servers, and of images by Nova's older route.
namespace cumulet::compute::servers {

inline constexpr api::Schema kMetadata{R"({"type": "object", "required": ["metadata"], "additionalProperties": false,
    "properties": {"metadata": {"type": "object", "additionalProperties": false,
      "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}}}}})"};
inline constexpr api::Schema kMetadataItem{R"({"type": "object", "required": ["meta"], "additionalProperties": false,
    "properties": {"meta": {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
      "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}$": {"type": "string", "maxLength": 255}}}}})"};

}  // namespace cumulet::compute::servers

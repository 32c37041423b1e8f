// Request bodies that are JSON or forms: what may be read at all, before any schema.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace cumulet::api {

// How deeply arrays and objects may be nested. Real requests stay under ten.
constexpr int kMaxJsonDepth = 64;

// Whether JSON text nests deeper than that. To be asked before any text of others' making is parsed: copying, comparing
// and printing a value take stack for each level.
bool nests_too_deep(std::string_view text);

// Whether a Content-Type announces JSON ("application/json", "application/vnd.x+json", "…-json-patch"); empty counts.
bool is_json_type(std::string_view content_type);

// Throws Fault 400 (kind "malformed") for text that is not JSON, not UTF-8, or nested too deeply. The depth is checked
// over the text, before anything is built.
nlohmann::json parse_json_body(std::string_view body);

// A form ("a=1&b=2") as an object of strings; the first of a name counts. Throws Fault 415 for another type, 400 for
// what is not UTF-8.
nlohmann::json parse_form_body(std::string_view content_type, std::string_view body);

}  // namespace cumulet::api

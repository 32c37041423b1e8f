// JSON as text, for documents that are written without a tree of values between.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace cumulet::identity {

// Appends `text` as a JSON string; bytes that are no UTF-8 are replaced, as Reply::json does.
void append_json(std::string& out, std::string_view text);
// The text, or null when it is empty.
void append_json_or_null(std::string& out, std::string_view text);
void append_value(std::string& out, const nlohmann::json& value);
// `name` is the member with its quotes, its colon and the comma before it, if any.
inline void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    append_json(out, value);
}

}  // namespace cumulet::identity

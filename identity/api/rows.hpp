// Rows of long lists as text: what views.hpp shows of the same records, without a tree of JSON between.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "identity/model/resources.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

// Appends `text` as a JSON string; what is no UTF-8 is replaced as Reply::json does.
void append_json(std::string& out, std::string_view text);
// The text, or null when it is empty.
void append_json_or_null(std::string& out, std::string_view text);
void append_value(std::string& out, const nlohmann::json& value);

// `base_url` as Call::base_url() gives it.
void append_user(std::string& out, std::string_view base_url, const User& user);
void append_project(std::string& out, std::string_view base_url, const Project& project);

}  // namespace cumulet::identity

// Rows of long lists as text: what views.hpp shows of the same records, without a tree of JSON between.
#pragma once

#include <string>
#include <string_view>

#include "identity/model/resources.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

// `base_url` as Call::base_url() gives it.
void append_user(std::string& out, std::string_view base_url, const User& user);
void append_project(std::string& out, std::string_view base_url, const Project& project);

}  // namespace cumulet::identity

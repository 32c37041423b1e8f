// The links that every Nova document carries.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "common/api/call.hpp"

namespace cumulet::compute::servers {

// "self" under /v2.1 and "bookmark" without the version.
nlohmann::json resource_links(const api::Call& call, std::string_view collection, std::string_view id);
// The bookmark alone, as embedded references carry it.
nlohmann::json bookmark_links(const api::Call& call, std::string_view collection, std::string_view id);
// Adds "<member>_links" with the next page when `more` says that there is one.
void add_next_link(nlohmann::json& document, const api::Call& call, std::string_view member, std::string_view marker);

}  // namespace cumulet::compute::servers

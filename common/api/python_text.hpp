// JSON values as Python prints them: clients and users know the messages of OpenStack's services in that form.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cumulet::api {

// 'text', 1, True, None, ['a'], {'b': 1}; cut off with "…" past `max_bytes`.
std::string python_repr(const nlohmann::json& value, std::size_t max_bytes = 1000);
// The same, but text without its quotes.
std::string python_str(const nlohmann::json& value, std::size_t max_bytes = 1000);

}  // namespace cumulet::api

// One rule's two halves: what it asks of an assertion, and its local part with the answers filled in.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/federation/assertion.hpp"

namespace cumulet::identity::federation {

// What {0}, {1} … stand for: the values of each requirement that selects some.
using DirectMaps = std::vector<std::vector<std::string>>;

// Whether the assertion meets every requirement of a rule's "remote", and what they select; nullopt when it does not.
std::optional<DirectMaps> select_values(const nlohmann::json& remote, const Assertion& assertion);

// A text with "{0}", "{}", "{{" and "}}" as Python's str.format() takes them; several values print as a Python list.
// Fault 401 for a number that stands for nothing.
std::string fill_in(std::string_view text, const DirectMaps& values);
// As fill_in(), for places that take a list: "{0}" is its values, a Python list its elements, any other text itself.
std::vector<std::string> fill_in_list(std::string_view text, const DirectMaps& values);

std::optional<std::string> problem_of_pattern(const std::string& pattern);

}  // namespace cumulet::identity::federation

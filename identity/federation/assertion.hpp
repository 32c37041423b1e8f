// What an identity provider says about a user: attributes with their values, in the order they were given.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::identity::federation {

using Assertion = std::map<std::string, std::vector<std::string>, std::less<>>;

// As a web server's module hands values on: several in one text, with semicolons between.
std::vector<std::string> split_values(std::string_view text);

// The bounds of what is looked at; Fault 401 beyond them.
inline constexpr std::size_t kMostAttributes = 1000;
inline constexpr std::size_t kMostValues = 10'000;
inline constexpr std::size_t kMostAssertionBytes = 1u << 20;
void check_size(const Assertion& assertion);

}  // namespace cumulet::identity::federation

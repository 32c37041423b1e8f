// Regular expressions that passwords have to match, in the language operators know from Keystone (PCRE2).
#pragma once

#include <string>
#include <string_view>

namespace cumulet::identity::passwords {

// Throws std::invalid_argument, which says what is wrong, when `regex` is none.
void check_pattern(const std::string& regex);
// From the first character on, like Python's re.match. False also when matching takes too many steps. Any thread.
bool matches_pattern(const std::string& regex, std::string_view text);

}  // namespace cumulet::identity::passwords

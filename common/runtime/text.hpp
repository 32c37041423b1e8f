// Small encodings that several layers need: hex, base64, percent-encoding, UTF-8 checks, comparisons.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::text {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);

std::string to_base64(std::string_view bytes);
std::string to_base64_url(std::string_view bytes);  // URL-safe alphabet, no padding
// Accepts both alphabets, padded or not. nullopt when it is neither.
std::optional<std::string> from_base64(std::string_view text);

// RFC 3986: everything but unreserved characters is escaped; `keep` names further characters to leave as they are.
std::string percent_encode(std::string_view text, std::string_view keep = "");
// nullopt when an escape is broken. '+' stays '+' unless `plus_is_space`.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

bool is_utf8(std::string_view text);
std::string to_lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);  // ASCII
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

// Takes the same time wherever the two differ. Lengths are not secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// The candidate with the smallest edit distance to `word`, empty when none is near: for "did you mean".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace cumulet::text

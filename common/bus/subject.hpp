// The rules of subjects and patterns, as NATS has them.
#pragma once

#include <cstddef>
#include <string_view>

namespace cumulet::bus {

constexpr std::size_t kMaxPayloadBytes = 64 * 1024;

// Dot-separated words without spaces and wildcards, none empty.
bool is_subject(std::string_view subject);
// The same, but a word may be `*` and the last one `>`.
bool is_pattern(std::string_view pattern);
bool matches(std::string_view pattern, std::string_view subject);

}  // namespace cumulet::bus

#include "common/bus/subject.hpp"

namespace cumulet::bus {
namespace {

// Cuts the first word off `rest`; `last` tells that no dot followed.
std::string_view next_word(std::string_view& rest, bool& last) {
    const auto dot = rest.find('.');
    last = dot == std::string_view::npos;
    const std::string_view word = rest.substr(0, dot);
    rest.remove_prefix(last ? rest.size() : dot + 1);
    return word;
}

bool is_word(std::string_view word) {
    if (word.empty()) return false;
    for (const char c : word)
        if (c <= ' ' || c == '*' || c == '>' || c == 0x7f) return false;
    return true;
}

}  // namespace

bool is_subject(std::string_view subject) {
    for (bool last = false; !last;)
        if (!is_word(next_word(subject, last))) return false;
    return true;
}

bool is_pattern(std::string_view pattern) {
    for (bool last = false; !last;) {
        const std::string_view word = next_word(pattern, last);
        if (word == "*" || (word == ">" && last)) continue;
        if (!is_word(word)) return false;
    }
    return true;
}

bool matches(std::string_view pattern, std::string_view subject) {
    bool pattern_ended = false;
    bool subject_ended = false;
    while (!pattern_ended && !subject_ended) {
        const std::string_view wanted = next_word(pattern, pattern_ended);
        const std::string_view word = next_word(subject, subject_ended);
        if (wanted == ">" && pattern_ended) return true;
        if (wanted != "*" && wanted != word) return false;
    }
    return pattern_ended && subject_ended;
}

}  // namespace cumulet::bus

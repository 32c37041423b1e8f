#include "identity/federation/mapping_rules.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "common/api/python_text.hpp"
#include "identity/federation/literal.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestPattern = 4096;
constexpr std::int64_t kPatternMemory = 1 << 20;
constexpr std::size_t kLongestText = 65'536;

RE2::Options pattern_options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemory);
    options.set_never_capture(true);
    return options;
}

// The values that any of `wanted` names, in the assertion's order and without repeats.
std::vector<std::string> matches(const json& wanted, const std::vector<std::string>& values, bool regex) {
    std::vector<std::unique_ptr<RE2>> patterns;
    if (regex) {
        for (const auto& pattern : wanted) {
            if (!pattern.is_string()) continue;
            patterns.push_back(std::make_unique<RE2>(pattern.get_ref<const std::string&>(), pattern_options()));
            if (!patterns.back()->ok())
                throw unauthorized("a regular expression of the mapping does not parse: " + patterns.back()->error());
        }
    }
    std::vector<std::string> found;
    for (const auto& value : values) {
        const bool fits = regex ? std::any_of(patterns.begin(), patterns.end(),
                                              [&](const auto& each) { return RE2::PartialMatch(value, *each); })
                                : std::find(wanted.begin(), wanted.end(), json(value)) != wanted.end();
        if (fits && std::find(found.begin(), found.end(), value) == found.end()) found.push_back(value);
    }
    return found;
}

const json* member(const json& object, const char* name) {
    auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
}

std::string shown(const std::vector<std::string>& values) {
    return values.size() == 1 ? values.front() : api::python_repr(values, kLongestText);
}

// The number between braces; `next` is what a pair of empty ones means.
std::size_t place_of(std::string_view inside, std::size_t& next) {
    if (inside.empty()) return next++;
    std::size_t place = 0;
    for (const char c : inside) {
        if (c < '0' || c > '9' || place > 10'000)
            throw unauthorized("the mapping refers to '" + std::string(inside) + "', which is no number");
        place = place * 10 + static_cast<std::size_t>(c - '0');
    }
    return place;
}

const std::vector<std::string>& at(const DirectMaps& values, std::size_t place) {
    if (place >= values.size())
        throw unauthorized("the mapping refers to a value that its remote part does not select");
    return values[place];
}

}  // namespace

std::optional<DirectMaps> select_values(const json& remote, const Assertion& assertion) {
    DirectMaps selected;
    for (const auto& requirement : remote) {
        auto found = assertion.find(requirement.value("type", ""));
        if (found == assertion.end() || found->second.empty()) return std::nullopt;
        const auto& values = found->second;
        const bool regex = requirement.value("regex", false);
        if (const auto* wanted = member(requirement, "any_one_of")) {
            if (matches(*wanted, values, regex).empty()) return std::nullopt;
        } else if (const auto* unwanted = member(requirement, "not_any_of")) {
            if (!matches(*unwanted, values, regex).empty()) return std::nullopt;
        } else if (const auto* black = member(requirement, "blacklist")) {
            const auto gone = matches(*black, values, regex);
            std::vector<std::string> left;
            for (const auto& value : values)
                if (std::find(gone.begin(), gone.end(), value) == gone.end()) left.push_back(value);
            selected.push_back(std::move(left));
        } else if (const auto* white = member(requirement, "whitelist")) {
            selected.push_back(matches(*white, values, regex));
        } else {
            selected.push_back(values);
        }
    }
    return selected;
}

std::string fill_in(std::string_view text, const DirectMaps& values) {
    std::string out;
    std::size_t next = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
            out += c;
            ++i;
        } else if (c == '{') {
            const auto end = text.find('}', i);
            if (end == std::string_view::npos) throw unauthorized("a brace of the mapping is not closed");
            out += shown(at(values, place_of(text.substr(i + 1, end - i - 1), next)));
            i = end;
        } else if (c == '}') {
            throw unauthorized("a brace of the mapping is not opened");
        } else {
            out += c;
        }
        if (out.size() > kLongestText) throw unauthorized("the mapping makes a text that is too long");
    }
    return out;
}

std::vector<std::string> fill_in_list(std::string_view text, const DirectMaps& values) {
    if (text.size() > 2 && text.front() == '{' && text.back() == '}' &&
        text.find_first_not_of("0123456789", 1) == text.size() - 1) {
        std::size_t next = 0;
        const auto& list = at(values, place_of(text.substr(1, text.size() - 2), next));
        if (list.size() != 1) return list;
    }
    auto filled = fill_in(text, values);
    if (auto list = read_python_list(filled)) return *list;
    return {filled};
}

std::optional<std::string> problem_of_pattern(const std::string& pattern) {
    if (pattern.size() > kLongestPattern)
        return fmt::format("A regular expression is longer than {} bytes.", kLongestPattern);
    const RE2 compiled(pattern, pattern_options());
    if (compiled.ok()) return std::nullopt;
    return fmt::format("'{}' is no regular expression that can be used here: {}.", pattern, compiled.error());
}

}  // namespace cumulet::identity::federation

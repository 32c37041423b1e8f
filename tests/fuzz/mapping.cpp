// Rules and assertions: whatever they are, the answer is who it is, or a fault.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/api/fault.hpp"
#include "identity/federation/literal.hpp"
#include "identity/federation/mapping.hpp"
#include "identity/federation/mapping_rules.hpp"

using namespace cumulet::identity::federation;

// The first line is a text with places, the second a regular expression, the rest are values.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    auto line = [&] {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string taken(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        return taken;
    };
    const auto name = line(), pattern = line();
    const Assertion assertion{{"v", split_values(text)}};
    nlohmann::json remote{{{"type", "v"}}, {{"type", "v"}, {"regex", true}, {"whitelist", {pattern}}}};
    const nlohmann::json rules{
        {{"local", {{{"user", {{"name", name}}}, {"groups", name}, {"domain", {{"id", "d"}}}}}}, {"remote", remote}}};
    read_python_list(text);
    problem_of_rules(rules);
    try {
        apply_rules(rules, assertion);
    } catch (const cumulet::api::Fault&) {
    }
    return 0;
}

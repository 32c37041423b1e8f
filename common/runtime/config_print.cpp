#include <nlohmann/json.hpp>

#include "common/runtime/config.hpp"

namespace cumulet::runtime {
namespace {

// TOML's basic strings escape as JSON's do.
std::string quoted(const std::string& text) { return nlohmann::json(text).dump(); }

std::string to_toml(const ConfigValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&value)) return nlohmann::json(*number).dump();
    if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
    std::string list;
    for (const auto& item : std::get<std::vector<std::string>>(value))
        list += (list.empty() ? "" : ", ") + quoted(item);
    return "[" + list + "]";
}

}  // namespace

std::string to_toml(const std::vector<KeyDescription>& keys) {
    // Sections in the order in which they first appear, each once: TOML allows no second header.
    std::vector<std::pair<std::string, std::string>> sections;
    for (const auto& key : keys) {
        const auto dot = key.name.rfind('.');
        const std::string section = dot == std::string::npos ? "" : key.name.substr(0, dot);
        auto found = std::find_if(sections.begin(), sections.end(), [&](const auto& s) { return s.first == section; });
        if (found == sections.end()) found = sections.insert(sections.end(), {section, ""});
        const std::string name = dot == std::string::npos ? key.name : key.name.substr(dot + 1);
        found->second += fmt::format("# {}\n{} = {}\n", key.help, name, to_toml(key.fallback));
    }
    std::string out;
    for (const auto& [section, lines] : sections) {
        if (!out.empty()) out += "\n";
        if (!section.empty()) out += fmt::format("[{}]\n", section);
        out += lines;
    }
    return out;
}

}  // namespace cumulet::runtime

// Reading configuration: one function a source (file, environment, flags), all of them ending in Reader::take.
#include <toml++/toml.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "common/runtime/config.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::runtime {
namespace {

constexpr std::string_view kPrefix = "CUMULET_";
// Variables that are read elsewhere: by the supervisor's protocol, the crash points, tests, and the developer's script.
constexpr std::array<std::string_view, 7> kReserved = {"CUMULET_READY_FILE", "CUMULET_CONTROL_SOCKET", "CUMULET_CRASH_",
                                                       "CUMULET_TEST_",      "CUMULET_STATE",          "CUMULET_BUILD",
                                                       "CUMULET_PRESET"};

std::string_view wanted(const ConfigValue& like) {
    constexpr std::array<std::string_view, 5> kNames = {"true or false", "an integer", "a number", "a string",
                                                        "a list of strings"};
    return kNames[like.index()];
}

std::string_view kind_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::boolean:
            return "a boolean";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::table:
            return "a section";
        default:
            return "a date";
    }
}

std::string variable_of(std::string_view key) {
    std::string name(kPrefix);
    for (const char c : key) {
        const bool separator = c == '.' || c == '-';
        name += separator ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

// The value of `node` in the type of `like`, nullopt when it has another one.
std::optional<ConfigValue> value_of(const toml::node& node, const ConfigValue& like) {
    if (std::holds_alternative<bool>(like)) {
        if (auto value = node.value_exact<bool>()) return *value;
    } else if (std::holds_alternative<std::int64_t>(like)) {
        if (auto value = node.value_exact<std::int64_t>()) return *value;
    } else if (std::holds_alternative<double>(like)) {
        if (auto value = node.value_exact<double>()) return *value;
        if (auto value = node.value_exact<std::int64_t>()) return static_cast<double>(*value);
    } else if (std::holds_alternative<std::string>(like)) {
        if (auto value = node.value_exact<std::string>()) return *value;
    } else if (const auto* list = node.as_array()) {
        std::vector<std::string> strings;
        for (const auto& item : *list) {
            auto value = item.value_exact<std::string>();
            if (!value) return std::nullopt;
            strings.push_back(std::move(*value));
        }
        return strings;
    }
    return std::nullopt;
}

template <class Number>
std::optional<ConfigValue> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The same for a variable or a flag.
std::optional<ConfigValue> value_of(std::string_view raw, const ConfigValue& like) {
    const std::string_view trimmed = text::trim(raw);
    if (std::holds_alternative<bool>(like)) {
        for (const std::string_view yes : {"true", "yes", "on", "1"})
            if (text::iequals(trimmed, yes)) return true;
        for (const std::string_view no : {"false", "no", "off", "0"})
            if (text::iequals(trimmed, no)) return false;
        return std::nullopt;
    }
    if (std::holds_alternative<std::int64_t>(like)) return parse_number<std::int64_t>(trimmed);
    if (std::holds_alternative<double>(like)) return parse_number<double>(trimmed);
    if (std::holds_alternative<std::string>(like)) return std::string(raw);
    std::vector<std::string> strings;
    if (!trimmed.empty())
        for (const std::string_view item : text::split(trimmed, ',')) strings.emplace_back(text::trim(item));
    return strings;
}

class Reader {
public:
    Reader(const std::vector<KeyDescription>& known, const std::vector<std::string>& foreign_sections)
        : foreign_(foreign_sections) {
        for (const auto& key : known) known_.emplace(key.name, &key);
    }

    void read_file(const std::string& file) {
        std::ifstream stream(file, std::ios::binary);
        if (!stream) throw ConfigError(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
        std::ostringstream content;
        content << stream.rdbuf();
        try {
            const toml::table table = toml::parse(content.view(), file);
            read_table(table, "", file);
        } catch (const toml::parse_error& error) {
            throw ConfigError(fmt::format("{}: {}", place(file, error.source()), error.description()));
        }
    }

    void read_environment(const std::map<std::string, std::string>& environment) {
        std::map<std::string, const KeyDescription*, std::less<>> by_variable;
        for (const auto& [name, key] : known_) by_variable.emplace(variable_of(name), key);
        for (const auto& [variable, value] : environment) {
            if (!variable.starts_with(kPrefix) || is_not_ours(variable)) continue;
            const auto found = by_variable.find(variable);
            if (found == by_variable.end()) {
                std::vector<std::string_view> names;
                for (const auto& entry : by_variable) names.push_back(entry.first);
                throw ConfigError(fmt::format("environment: unknown variable '{}'{}", variable, hint(variable, names)));
            }
            take_text("environment variable " + variable, *found->second, value);
        }
    }

    void read_flags(const std::vector<std::string>& flags) {
        for (const auto& flag : flags) {
            const auto equals = flag.find('=');
            if (equals == std::string::npos)
                throw ConfigError(fmt::format("--set '{}': wants section.key=value", flag));
            const auto name = std::string(text::trim(std::string_view(flag).substr(0, equals)));
            const auto found = known_.find(name);
            if (found == known_.end())
                throw ConfigError(fmt::format("--set '{}': unknown key '{}'{}", flag, name, hint(name, known_names())));
            take_text(fmt::format("--set '{}'", flag), *found->second, std::string_view(flag).substr(equals + 1));
        }
    }

    Config take() { return std::move(config_); }

private:
    static std::string place(const std::string& file, const toml::source_region& source) {
        return fmt::format("{}:{}:{}", file, source.begin.line, source.begin.column);
    }

    static std::string hint(std::string_view word, const std::vector<std::string_view>& candidates) {
        const std::string_view near = text::nearest(word, candidates);
        return near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near);
    }

    std::vector<std::string_view> known_names() const {
        std::vector<std::string_view> names;
        for (const auto& entry : known_) names.push_back(entry.first);
        return names;
    }

    bool is_foreign(std::string_view section) const {
        return std::find(foreign_.begin(), foreign_.end(), section) != foreign_.end();
    }

    bool is_not_ours(std::string_view variable) const {
        for (const std::string_view reserved : kReserved)
            if (variable == reserved || (reserved.ends_with('_') && variable.starts_with(reserved))) return true;
        return std::any_of(foreign_.begin(), foreign_.end(), [&](const std::string& section) {
            return variable.starts_with(variable_of(section) + "_");
        });
    }

    bool is_section(const std::string& path) const {
        const auto after = known_.lower_bound(path + ".");
        return after != known_.end() && after->first.starts_with(path + ".");
    }

    void read_table(const toml::table& table, const std::string& path, const std::string& file) {
        for (const auto& [key, node] : table) {
            const std::string name = path.empty() ? std::string(key.str()) : fmt::format("{}.{}", path, key.str());
            if (path.empty() && is_foreign(name)) continue;
            if (const auto found = known_.find(name); found != known_.end()) {
                auto value = value_of(node, found->second->fallback);
                if (!value)
                    throw ConfigError(fmt::format("{}: '{}' wants {}, not {}", place(file, node.source()), name,
                                                  wanted(found->second->fallback), kind_of(node)));
                config_.set(name, std::move(*value));
            } else if (const auto* inner = node.as_table(); inner && is_section(name)) {
                read_table(*inner, name, file);
            } else {
                refuse_unknown(name, node, place(file, key.source()));
            }
        }
    }

    [[noreturn]] void refuse_unknown(const std::string& name, const toml::node& node, const std::string& where) const {
        if (is_section(name))
            throw ConfigError(fmt::format("{}: '{}' wants a section, not {}", where, name, kind_of(node)));
        if (!node.is_table())
            throw ConfigError(fmt::format("{}: unknown key '{}'{}", where, name, hint(name, known_names())));
        std::set<std::string_view> sections(foreign_.begin(), foreign_.end());
        for (const auto& entry : known_)
            sections.insert(std::string_view(entry.first).substr(0, entry.first.rfind('.')));
        throw ConfigError(
            fmt::format("{}: unknown section '{}'{}", where, name, hint(name, {sections.begin(), sections.end()})));
    }

    void take_text(const std::string& where, const KeyDescription& key, std::string_view raw) {
        auto value = value_of(raw, key.fallback);
        if (!value) throw ConfigError(fmt::format("{}: '{}' wants {}", where, key.name, wanted(key.fallback)));
        config_.set(key.name, std::move(*value));
    }

    std::map<std::string, const KeyDescription*, std::less<>> known_;
    std::vector<std::string> foreign_;
    Config config_;
};

}  // namespace

Config Config::load(const std::string& file, const std::map<std::string, std::string>& environment,
                    const std::vector<std::string>& flags, const std::vector<KeyDescription>& known,
                    const std::vector<std::string>& foreign_sections) {
    Reader reader(known, foreign_sections);
    if (!file.empty()) reader.read_file(file);
    reader.read_environment(environment);
    reader.read_flags(flags);
    return reader.take();
}

}  // namespace cumulet::runtime

// Configuration: a TOML file, then the environment, then flags, each outweighing the one before. Keys are declared
// once.
//
//     constexpr Key<std::int64_t> kPort{"identity.port", 5000, "TCP port of the Keystone v3 API."};
//     ...
//     config.get(kPort)
//
// A daemon hands Config::load the list of all its keys (describe() of each); anything else in the file, in CUMULET_*
// variables or in --set flags is an error that names the nearest known key. conf/cumulet.toml lists the same keys, and
// a test compares the two.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace cumulet::runtime {

using ConfigValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

// T: bool, std::int64_t, double, std::string_view (read as std::string), std::vector<std::string> (such a key is
// `const`).
template <class T>
struct Key {
    std::string_view name;  // "section.key"
    T fallback;
    std::string_view help;  // one line, for conf/cumulet.toml and --help
};

// A key whose type is erased, for lists of keys.
struct KeyDescription {
    std::string name;
    ConfigValue fallback;
    std::string help;
};

template <class T>
KeyDescription describe(const Key<T>& key) {
    if constexpr (std::is_same_v<T, std::string_view>)
        return {std::string(key.name), std::string(key.fallback), std::string(key.help)};
    else
        return {std::string(key.name), key.fallback, std::string(key.help)};
}

class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Config {
public:
    // Everything at its default: tests.
    Config() = default;

    // Reads `file` (may be empty: none), then variables of `environment` named CUMULET_<SECTION>_<KEY>, then `flags`
    // ("section.key=value"). Only keys of `known` and sections of `foreign_sections` (those of other daemons sharing
    // the file) may appear in file and environment, only keys of `known` in flags. In variables and flags a list is
    // separated by commas. Throws ConfigError with the place and the nearest known key.
    static Config load(const std::string& file, const std::map<std::string, std::string>& environment,
                       const std::vector<std::string>& flags, const std::vector<KeyDescription>& known,
                       const std::vector<std::string>& foreign_sections = {});

    template <class T>
    auto get(const Key<T>& key) const {
        using Value = std::conditional_t<std::is_same_v<T, std::string_view>, std::string, T>;
        auto found = values_.find(key.name);
        return found == values_.end() ? Value(key.fallback) : std::get<Value>(found->second);
    }
    void set(std::string_view name, ConfigValue value) { values_[std::string(name)] = std::move(value); }

private:
    std::map<std::string, ConfigValue, std::less<>> values_;
};

// Every key with its default and its help as a comment, in TOML: what `--print-config` prints.
std::string to_toml(const std::vector<KeyDescription>& keys);

}  // namespace cumulet::runtime

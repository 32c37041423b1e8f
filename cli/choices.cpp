#include "cli/choices.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cumulet::cli {

bool Choices::has(std::string_view daemon) const {
    return std::find(without.begin(), without.end(), daemon) == without.end();
}

Choices load_choices(const StateFolder& state) {
    Choices choices;
    const auto text = read_file_if_any(state.choices_file());
    if (!text) return choices;
    try {
        const auto json = nlohmann::json::parse(*text);
        choices.port_offset = json.value("port_offset", choices.port_offset);
        choices.driver = json.value("driver", choices.driver);
        choices.hosts = json.value("hosts", choices.hosts);
        choices.listen = json.value("listen", choices.listen);
        choices.settings = json.value("settings", choices.settings);
        choices.without = json.value("without", choices.without);
    } catch (const nlohmann::json::exception& error) {
        throw CommandError(state.choices_file().string() + ": " + error.what());
    }
    return choices;
}

void save_choices(const StateFolder& state, const Choices& choices) {
    const nlohmann::ordered_json json = {
        {"port_offset", choices.port_offset}, {"driver", choices.driver},     {"hosts", choices.hosts},
        {"listen", choices.listen},           {"settings", choices.settings}, {"without", choices.without}};
    write_private_file(state.choices_file(), json.dump(2) + "\n");
}

}  // namespace cumulet::cli

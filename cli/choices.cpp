#include "cli/choices.hpp"

#include <nlohmann/json.hpp>

namespace cumulet::cli {

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
    } catch (const nlohmann::json::exception& error) {
        throw CommandError(state.choices_file().string() + ": " + error.what());
    }
    return choices;
}

void save_choices(const StateFolder& state, const Choices& choices) {
    const nlohmann::ordered_json json = {{"port_offset", choices.port_offset},
                                         {"driver", choices.driver},
                                         {"hosts", choices.hosts},
                                         {"listen", choices.listen},
                                         {"settings", choices.settings}};
    write_private_file(state.choices_file(), json.dump(2) + "\n");
}

}  // namespace cumulet::cli

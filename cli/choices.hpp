// What the operator chose at the first `up` of a state folder and need not repeat.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/state_folder.hpp"

namespace cumulet::cli {

struct Choices {
    int port_offset = 0;
    std::string driver = "kvm";
    int hosts = 1;
    std::string listen = "127.0.0.1";   // where the APIs listen
    std::vector<std::string> settings;  // --set section.key=value, for the configuration file
    std::vector<std::string> without;   // daemons that are not started: "objectstore", …

    bool has(std::string_view daemon) const;
};

// Those kept from the last time, or the defaults.
Choices load_choices(const StateFolder& state);
void save_choices(const StateFolder& state, const Choices& choices);

}  // namespace cumulet::cli

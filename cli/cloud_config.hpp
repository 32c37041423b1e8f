// The configuration of a cloud on one machine: config/cumulet.toml, which all daemons read, and the identity daemon's
// bootstrap file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/choices.hpp"
#include "cli/ports.hpp"
#include "cli/secrets.hpp"
#include "cli/state_folder.hpp"

namespace cumulet::cli {

// Everything that files and process list are derived from.
struct CloudPlan {
    StateFolder state;
    Choices choices;
    Ports ports;
    Secrets secrets;
    fs::path programs;  // folder of the daemons' binaries
    fs::path drivers;   // folder of the hypervisor drivers

    // "http://127.0.0.1:<port>"; the loopback address when the APIs listen everywhere.
    std::string url(std::uint16_t port) const;
};

// One `[section] key = value` line; value is TOML text.
struct Setting {
    std::string section, key, value;
};

std::vector<Setting> settings_of(const CloudPlan& plan);
// The settings as a TOML file, each section once. Throws CommandError when one of choices.settings has no
// section.key=value form.
std::string to_toml(const CloudPlan& plan);
// What identity makes at its first start: users, projects, roles, services, catalog.
nlohmann::ordered_json bootstrap_document(const CloudPlan& plan);

// Writes both files. Throws CommandError.
void write_configuration(const CloudPlan& plan);

}  // namespace cumulet::cli

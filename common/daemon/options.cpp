#include "common/daemon/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "common/daemon/keys.hpp"

namespace cumulet::daemon {
namespace {

std::map<std::string, std::string> environment_of_process() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

std::vector<std::string> foreign_sections(const std::vector<runtime::KeyDescription>& keys) {
    std::vector<std::string> foreign = all_sections();
    for (const auto& key : keys) std::erase(foreign, key.name.substr(0, key.name.find('.')));
    return foreign;
}

std::string list_of_keys(const std::vector<runtime::KeyDescription>& keys) {
    return "Configuration keys, their meaning and defaults (TOML file, then CUMULET_SECTION_KEY variables, then "
           "--set):\n\n" +
           runtime::to_toml(keys);
}

}  // namespace

Options read_options(const Program& program, const std::vector<runtime::KeyDescription>& keys, int argc, char** argv) {
    const std::string& name = program.name;
    std::string file;
    std::vector<std::string> settings;
    std::string restore_from;
    bool check_only = false;
    bool print_config = false;
    CLI::App app(program.summary, name);
    app.add_option("--config", file, "Configuration file (TOML)")->type_name("FILE");
    app.add_option("--set", settings, "One configuration value, may be repeated")->type_name("KEY=VALUE")->take_all();
    app.add_flag("--check-config", check_only, "Read the configuration, report what is wrong with it, and end");
    app.add_flag("--print-config", print_config, "Print every key with its default as a configuration file, and end");
    app.add_option("--restore", restore_from, "Bring back what `cumulet backup` wrote to this folder, and end")
        ->type_name("FOLDER");
    app.set_version_flag("--version", name + " " + CUMULET_VERSION);
    app.footer([&keys] { return list_of_keys(keys); });

    Options options;
    for (const auto& command : program.commands) {
        auto* chosen = app.add_subcommand(command.name, command.summary)->prefix_command();
        chosen->set_help_flag();  // the command has its own
        chosen->callback([&options, &command, chosen, argc, argv] {
            options.command = &command;
            // Everything behind the command's name, in the order given.
            options.arguments.assign(argv + argc - chosen->remaining_size(), argv + argc);
        });
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        options.exit_code = app.exit(error) == 0 ? 0 : 2;
        return options;
    }
    options.restore_from = restore_from;
    if (print_config) {
        std::cout << runtime::to_toml(keys);
        options.exit_code = 0;
        return options;
    }
    try {
        options.config = runtime::Config::load(file, environment_of_process(), settings, keys, foreign_sections(keys));
    } catch (const runtime::ConfigError& error) {
        std::cerr << name << ": " << error.what() << "\n";
        options.exit_code = 2;
        return options;
    }
    if (check_only) {
        std::cout << name << ": the configuration is right\n";
        options.exit_code = 0;
    }
    return options;
}

}  // namespace cumulet::daemon

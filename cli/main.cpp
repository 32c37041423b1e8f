// The command line of `cumulet`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "cli/backup.hpp"
#include "cli/choices.hpp"
#include "cli/client_files.hpp"
#include "cli/doctor.hpp"
#include "cli/down.hpp"
#include "cli/first_cloud.hpp"
#include "cli/identity.hpp"
#include "cli/objectstore.hpp"
#include "cli/status.hpp"
#include "cli/up.hpp"

using namespace cumulet::cli;

namespace {

constexpr const char* kDefaultState = "var";

// Flags of `up` that outweigh what the first `up` of a folder was told.
void add_choices(CLI::App& up, Choices& given) {
    up.add_option("--port-offset", given.port_offset, "Added to every port the cloud listens on");
    up.add_option("--driver", given.driver, "Hypervisor driver: kvm, or sim for simulated hosts");
    up.add_option("--hosts", given.hosts, "Simulated hosts")->check(CLI::Range(1, 100'000));
    up.add_option("--listen", given.listen, "Address the APIs listen on");
    up.add_option("--set", given.settings, "A value for the configuration file, may be repeated")
        ->type_name("SECTION.KEY=VALUE")
        ->take_all();
}

void add_without(CLI::App& up, Choices& given) {
    const std::vector<std::string> daemons = {"objectstore", "compute", "agent"};
    up.add_option("--without", given.without,
                  "A daemon that is not wanted: objectstore, compute, agent; may be repeated")
        ->check(CLI::IsMember(daemons))
        ->take_all();
}

Choices merge(const CLI::App& up, Choices kept, const Choices& given) {
    if (up.count("--port-offset") != 0) kept.port_offset = given.port_offset;
    if (up.count("--driver") != 0) kept.driver = given.driver;
    if (up.count("--hosts") != 0) kept.hosts = given.hosts;
    if (up.count("--listen") != 0) kept.listen = given.listen;
    if (up.count("--set") != 0) kept.settings = given.settings;
    if (up.count("--without") != 0) kept.without = given.without;
    if (kept.hosts != 1 && kept.driver != "sim")
        throw CommandError(fmt::format("--hosts {}: only the sim driver has more hosts than this one", kept.hosts));
    return kept;
}

// The image that `./dev up` builds lies beside the binaries' build folders.
std::string built_guest_image() {
    const fs::path file = program_folder().parent_path().parent_path() / "guest-image" / "cumulet-guest.qcow2";
    return fs::exists(file) ? file.string() : "";
}

int show_openrc(const StateFolder& state, bool demo) {
    const auto text = read_file_if_any(state.path() / (demo ? "openrc-demo" : "openrc"));
    if (!text) throw CommandError("there is no cloud in " + state.path().string() + "; `cumulet up` makes one");
    std::cout << *text;
    return 0;
}

int run(int argc, char** argv) {
    CLI::App app("The operator's command of Cumulet: a cloud on this machine.", "cumulet");
    app.require_subcommand(1);
    std::string folder = kDefaultState;
    app.add_option("--state", folder, "Folder of the cloud")->envname("CUMULET_STATE")->type_name("DIR");
    std::string programs = program_folder();
    app.add_option("--programs", programs, "Folder of the daemons")->type_name("DIR");
    app.set_version_flag("--version", std::string("cumulet ") + CUMULET_VERSION);
    app.fallthrough();
    int code = 0;

    Choices given;
    UpOptions options;
    std::int64_t patience = options.patience.count();
    auto* up_command = app.add_subcommand("up", "Start the cloud; the first time, make it");
    add_choices(*up_command, given);
    add_without(*up_command, given);
    up_command->add_flag("--detach", options.detach, "Return once the cloud is ready and leave it running");
    up_command->add_option("--guest-image", options.guest_image, "qcow2 file of the image 'tiny'")->type_name("FILE");
    up_command->add_option("--patience", patience, "Seconds until everything must be ready");
    up_command->callback([&] {
        const StateFolder state(folder);
        options.programs = fs::absolute(programs);
        options.patience = std::chrono::seconds(patience);
        if (options.guest_image.empty()) options.guest_image = built_guest_image();
        code = up(state, merge(*up_command, load_choices(state), given), options);
    });

    auto* down_command = app.add_subcommand("down", "Stop the cloud; its state is kept, its guests run on");
    bool with_guests = false;
    down_command->add_flag("--guests", with_guests, "Switch off its guests too, and end the libvirtd it started");
    down_command->callback([&] { code = down(StateFolder(folder), with_guests); });

    bool as_json = false;
    auto* status_command = app.add_subcommand("status", "Show the processes of the cloud");
    status_command->add_flag("--json", as_json, "As JSON");
    status_command->callback([&] { code = print_status(StateFolder(folder), as_json); });

    bool demo = false;
    auto* openrc_command = app.add_subcommand("openrc", "Print shell lines that set the OS_* variables");
    openrc_command->add_flag("--demo", demo, "For user demo instead of the administrator");
    openrc_command->callback([&] { code = show_openrc(StateFolder(folder), demo); });

    app.add_subcommand("doctor", "Examine machine and cloud, and say what is wrong")->callback([&] {
        code = doctor(StateFolder(folder));
    });

    struct IdentityCommand {
        const char* name;
        const char* summary;
    };
    static constexpr IdentityCommand kIdentityCommands[] = {
        {"doctor", "Say what is unsafe; exit code 1 when something is"},
        {"fernet-rotate", "Make the staged token key the primary one and stage a new one"},
        {"credential-rotate", "The same for the keys of stored credentials"},
        {"credential-migrate", "Seal stored credentials with the primary key"},
        {"import", "Move a Keystone in: its database and its keys"}};
    auto* identity_command = app.add_subcommand("identity", "What only the identity service's operator does");
    identity_command->require_subcommand(1);
    for (const auto& [name, summary] : kIdentityCommands) {
        auto* command = identity_command->add_subcommand(name, summary)->prefix_command()->fallthrough(false);
        command->set_help_flag();
        command->callback([&folder, &programs, command, argc, argv] {
            identity(StateFolder(folder), fs::absolute(programs), command->get_name(),
                     {argv + argc - command->remaining_size(), argv + argc});
        });
    }

    auto* objectstore_command = app.add_subcommand("objectstore", "What only the object store's operator asks");
    objectstore_command->require_subcommand(1);
    auto* rotten_command = objectstore_command->add_subcommand(
        "rotten", "List objects whose bytes are not those that were written; exit code 1 when there are any");
    rotten_command->add_flag("--json", as_json, "As JSON");
    rotten_command->callback([&] { code = print_rotten(StateFolder(folder), as_json); });

    std::string backup_folder;
    auto* backup_command = app.add_subcommand("backup", "Copy everything of the running cloud but guests' disks");
    backup_command->add_option("--to", backup_folder, "Folder to make")->type_name("DIR")->required();
    backup_command->callback([&] { code = backup(StateFolder(folder), backup_folder); });
    auto* restore_command = app.add_subcommand("restore", "Make the state folder from a backup");
    restore_command->add_option("--from", backup_folder, "Folder of the backup")->type_name("DIR")->required();
    restore_command->callback([&] { code = restore(StateFolder(folder), backup_folder, programs); });

    FirstCloudOptions first;
    std::string guest_image = built_guest_image();
    auto* first_command =
        app.add_subcommand("first-cloud", "Make flavors, networks and the guest image where they are missing");
    first_command->add_option("--started", first.started_us)->group("");
    first_command->add_option("--guest-image", guest_image, "qcow2 file of the image 'tiny'")->type_name("FILE");
    first_command->add_option("--patience", patience, "Seconds to wait for services");
    first_command->callback([&] {
        const StateFolder state(folder);
        first.guest_image = guest_image;
        first.patience = std::chrono::seconds(patience);
        if (first.started_us == 0) first.started_us = monotonic_us();
        if (!state.exists()) throw CommandError("there is no cloud in " + state.path().string());
        code = first_cloud(plan_of(state, load_choices(state), programs), first);
    });

    CLI11_PARSE(app, argc, argv);
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "cumulet: " << error.what() << "\n";
        return 1;
    }
}

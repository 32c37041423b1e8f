#include "common/daemon/daemon.hpp"
#include "identity/daemon/commands.hpp"
#include "identity/daemon/daemon.hpp"
#include "identity/settings.hpp"

int main(int argc, char** argv) {
    return cumulet::daemon::run({.name = "cumulet-identity",
                                 .summary = "The identity service (Keystone v3).",
                                 .section = "identity",
                                 .keys = cumulet::identity::config_keys(),
                                 .build = cumulet::identity::build_components,
                                 .restore = cumulet::identity::restore,
                                 .commands = cumulet::identity::commands()},
                                argc, argv);
}

#include "compute/agent/components.hpp"
#include "compute/agent/config.hpp"

int main(int argc, char** argv) {
    return cumulet::daemon::run({.name = "cumulet-agent",
                                 .summary = "Drives the guests of one host as the compute daemon wants them.",
                                 .section = "agent",
                                 .keys = cumulet::compute::agent::config_keys(),
                                 .build = cumulet::compute::agent::build_components},
                                argc, argv);
}

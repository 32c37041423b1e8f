#include "common/daemon/daemon.hpp"
#include "compute/daemon/backup.hpp"
#include "compute/daemon/components.hpp"
#include "compute/daemon/config.hpp"

int main(int argc, char** argv) {
    return cumulet::daemon::run(
        {.name = "cumulet-compute",
         .summary = "Servers, images, networks and placement (Nova, Glance, Neutron, Placement).",
         .section = "compute",
         .keys = cumulet::compute::daemon::config_keys(),
         .build = cumulet::compute::daemon::build_components,
         .restore = cumulet::compute::daemon::restore},
        argc, argv);
}

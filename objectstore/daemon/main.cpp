#include "common/daemon/daemon.hpp"
#include "objectstore/config.hpp"
#include "objectstore/daemon/daemon.hpp"

int main(int argc, char** argv) {
    return cumulet::daemon::run({.name = "cumulet-objectstore",
                                 .summary = "The object store (Swift v1 and S3).",
                                 .section = "objectstore",
                                 .keys = cumulet::objectstore::config_keys(),
                                 .build = cumulet::objectstore::build_components,
                                 .restore = cumulet::objectstore::restore},
                                argc, argv);
}

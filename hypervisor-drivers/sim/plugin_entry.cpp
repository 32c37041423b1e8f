// What sim.so exports.
#include <memory>

#include "hypervisor-drivers/sim/driver.hpp"

namespace {

using namespace cumulet::hypervisor;

Hypervisor* create(const std::string& host, const Settings& settings) {
    return new sim::SimDriver(std::make_shared<sim::SimHost>(host, sim::read_settings(settings)));
}

}  // namespace

extern "C" const DriverPlugin cumulet_driver;
const DriverPlugin cumulet_driver{.version = kDriverVersion, .name = "sim", .create = create};

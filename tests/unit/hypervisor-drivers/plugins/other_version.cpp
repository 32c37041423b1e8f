// A driver of a future contract: must be refused before anything but its version is read.
#include "hypervisor-drivers/driver.h"

extern "C" const cumulet::hypervisor::DriverPlugin cumulet_driver;
const cumulet::hypervisor::DriverPlugin cumulet_driver{
    .version = cumulet::hypervisor::kDriverVersion + 41, .name = nullptr, .create = nullptr};

// libvirt's errors as the driver contract knows them.
#pragma once

#include <string>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor {

// The DriverError for this thread's last libvirt error: "<doing>: <what libvirt said>".
DriverError last_libvirt_error(const std::string& doing);

// Throws it.
[[noreturn]] void throw_libvirt_error(const std::string& doing);

// Whether the last libvirt error of this thread says that there is no such domain, device or metadata.
bool last_error_is_not_found();

// libvirt prints errors to the standard error stream unless told not to. Once a process.
void silence_libvirt();

}  // namespace cumulet::hypervisor

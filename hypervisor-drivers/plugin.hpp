// Loads a hypervisor driver, a shared object <folder>/<name>.so that exports a DriverPlugin named "cumulet_driver".
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor {

// Opens <folder>/<name>.so and makes its driver for `host`. The code stays mapped until the last copy of the returned
// pointer is gone: first the driver is destroyed, then the library is closed. The same driver may be loaded many times.
// Throws DriverError: `not_found` when there is no such file (the message lists the drivers that are there),
// `unsupported` when the file is no driver or was built for another version of the contract (both versions are named),
// and whatever the driver's own factory throws. Any thread.
std::shared_ptr<Hypervisor> load_driver(const std::filesystem::path& folder, const std::string& name,
                                        const std::string& host, const Settings& settings);

}  // namespace cumulet::hypervisor

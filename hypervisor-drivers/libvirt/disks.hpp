// A guest's disk files.
#pragma once

#include "hypervisor-drivers/driver.h"

namespace cumulet::hypervisor {

// Makes the disk when it is not there: a qcow2 over its backing file, a copy of it when the format is raw, or an empty
// disk. A disk that is there is never made anew; when `may_grow` it is grown to the wanted size, never shrunk. A
// half-made file of an earlier attempt is replaced: disks appear under their name only when complete. Throws
// DriverError: invalid (no backing file, one that is larger than the disk, no size and no backing file), no_space,
// failed. Blocks for as long as qemu-img takes, at most ten minutes. One guest's disks by one thread at a time.
void ensure_disk(const DiskSpec& disk, bool may_grow);

// The disk, with what it has from its base, as a qcow2 of its own. The disk must not change meanwhile. As ensure_disk.
void copy_disk(const std::string& path, const std::string& format, const std::string& file);

}  // namespace cumulet::hypervisor

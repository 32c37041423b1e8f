// The folders that blobs are kept in. Each bears a marker file with its number, so that their order in the
// configuration does not matter and a folder whose disk is not mounted is not taken for an empty disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/store/engine.hpp"
#include "objectstore/engine/disk.hpp"

namespace cumulet::objectstore {

// Any thread.
class Disks {
public:
    // Opens each of `folders`, makes what is missing. A folder that cannot be used is a failed disk; EngineError when
    // that is so of all, or when one belongs to another store.
    Disks(store::Engine& store, const std::vector<std::filesystem::path>& folders, const DiskOptions& common,
          Numbers& numbers);

    // Where a new blob goes: by chance, in the proportion of the room they have. Throws EngineError "full" when none
    // has room, "failed" when all fail.
    Disk& for_writing();
    // Throws EngineError when there is no such disk.
    Disk& at(std::uint32_t number);
    const std::vector<std::unique_ptr<Disk>>& all() const { return disks_; }

private:
    std::vector<std::unique_ptr<Disk>> disks_;
};

}  // namespace cumulet::objectstore

#include <algorithm>
#include <filesystem>

#include "common/runtime/private_folder.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "objectstore/config.hpp"
#include "objectstore/daemon/daemon.hpp"
#include "objectstore/daemon/options.hpp"

namespace cumulet::objectstore {

namespace fs = std::filesystem;

// The disks of the backup go to the folders of the configuration in their order.
void restore(const runtime::Config& config, const fs::path& from) {
    auto folders = more_folders(config);
    folders.insert(folders.begin(), data_folder(config));
    std::vector<fs::path> disks;
    for (const auto& entry : fs::directory_iterator(from / "objectstore" / "data")) disks.push_back(entry.path());
    std::sort(disks.begin(), disks.end(), [](const fs::path& a, const fs::path& b) {
        return std::stoul(a.filename().string()) < std::stoul(b.filename().string());
    });
    if (disks.size() > folders.size())
        throw std::runtime_error(
            fmt::format("the backup is of {} disks, but the configuration names {}", disks.size(), folders.size()));
    for (const auto& folder : folders)
        if (fs::exists(folder) && !fs::is_empty(folder))
            throw std::runtime_error("the folder " + folder.string() + " is not empty");
    runtime::make_private_folder(config.get(kStateFolder));
    for (std::size_t i = 0; i < disks.size(); ++i) {
        runtime::make_private_folder(folders[i]);
        fs::copy(disks[i], folders[i], fs::copy_options::recursive);
    }
    store::restore_rocksdb(from / "objectstore" / "store", store_folder(config));
}

}  // namespace cumulet::objectstore

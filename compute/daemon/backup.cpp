#include "compute/daemon/backup.hpp"

#include "common/runtime/private_folder.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "compute/daemon/config.hpp"

namespace cumulet::compute::daemon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStore = "store";
constexpr const char* kImages = "images";
constexpr const char* kName = "compute";

// Copies the files that `to` does not have yet. One that is deleted meanwhile is left out.
void copy_missing(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    if (!fs::exists(from)) return;
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
        const fs::path target = to / entry.path().lexically_relative(from);
        if (entry.is_directory()) {
            fs::create_directories(target);
            continue;
        }
        std::error_code error;
        fs::copy_file(entry.path(), target, fs::copy_options::skip_existing, error);
        if (error && error != std::errc::no_such_file_or_directory)
            throw fs::filesystem_error("backup of images", entry.path(), target, error);
    }
}

}  // namespace

void back_up(store::Engine& engine, const fs::path& state_folder, const fs::path& target) {
    runtime::make_private_folder(target);
    // Once before and once after the store: the store's moment lies between, so no image it names is missing. What it
    // does not name is swept away at the first start.
    copy_missing(state_folder / kImages, target / kImages);
    engine.backup(target / kStore);
    copy_missing(state_folder / kImages, target / kImages);
}

void restore(const runtime::Config& config, const fs::path& from) {
    const fs::path state_folder = config.get(kStateDir);
    runtime::make_private_folder(state_folder);
    if (fs::exists(state_folder / kImages))
        throw std::runtime_error((state_folder / kImages).string() + " exists already");
    fs::copy(from / kName / kImages, state_folder / kImages, fs::copy_options::recursive);
    store::restore_rocksdb(from / kName / kStore, state_folder / kStore);
}

}  // namespace cumulet::compute::daemon

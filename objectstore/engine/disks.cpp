#include "objectstore/engine/disks.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <random>

#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/blob_row.hpp"

namespace cumulet::objectstore {

namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "disk";

struct Marker {
    std::uint32_t number = 0;
    std::string token;
};

std::optional<Marker> read_marker(const fs::path& folder) {
    std::ifstream file(folder / kMarker);
    Marker marker;
    if (file >> marker.number >> marker.token) return marker;
    return std::nullopt;
}

void write_marker(const fs::path& folder, const Marker& marker) {
    const auto fresh = folder / "disk.new";
    {
        const File file = open_file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
        write_at(file, fmt::format("{} {}\n", marker.number, marker.token), 0);
        sync_data(file);
    }
    fs::rename(fresh, folder / kMarker);
    sync_folder(folder);
}

std::string new_token() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}", device(), device());
}

bool has_blobs(const fs::path& folder) {
    std::error_code none;
    return fs::exists(folder / "files", none) || fs::exists(folder / "segments", none);
}

// The number of the disk in `folder`, which becomes a disk where it is none yet.
std::uint32_t identify(const fs::path& folder, store::Transaction& txn) {
    const auto rows = txn.scan<DiskRow>({});
    auto marker = read_marker(folder);
    const auto known =
        std::find_if(rows.begin(), rows.end(), [&](const DiskRow& row) { return row.folder == folder.string(); });
    if (!marker && known != rows.end() && !has_blobs(folder))
        throw EngineError(EngineError::Kind::failed,
                          "it is empty, but should hold disk " + std::to_string(known->number) + ": is it mounted?");
    if (!marker) {
        marker = Marker{rows.empty() ? 0 : rows.back().number + 1, new_token()};
        if (known != rows.end()) marker = Marker{known->number, known->token};
        write_marker(folder, *marker);
    }
    const auto row = txn.get<DiskRow>(marker->number);
    if (row && row->token != marker->token) throw EngineError(EngineError::Kind::failed, "it belongs to another store");
    // A start that finds all as it was writes nothing.
    if (!row || row->folder != folder.string()) {
        txn.put(DiskRow{marker->number, marker->token, folder.string()}, row ? "moved" : "made");
        txn.without_log();
    }
    return marker->number;
}

// Which of the folders came last is not known when it cannot be read: any number that nobody bears stands for it.
std::uint32_t number_of_unusable(store::Engine& store, const fs::path& folder) {
    store::Transaction txn(store, {});
    std::uint32_t free = 0;
    for (const auto& row : txn.scan<DiskRow>({})) {
        if (row.folder == folder.string()) return row.number;
        free = row.number + 1;
    }
    return free + 1000;
}

}  // namespace

Disks::Disks(store::Engine& store, const std::vector<fs::path>& folders, const DiskOptions& common, Numbers& numbers) {
    std::string why;
    bool any = false;
    for (const auto& folder : folders) {
        try {
            fs::create_directories(folder);
            auto options = common;
            options.folder = folder;
            options.number = store::transact(store, {.operation = "open a disk"},
                                             [&](store::Transaction& txn) { return identify(folder, txn); });
            disks_.push_back(std::make_unique<Disk>(options, numbers));
            any = true;
        } catch (const std::exception& error) {
            why = fmt::format("the disk in {} cannot be used: {}", folder.string(), error.what());
            log::error("{}", why);
            disks_.push_back(std::make_unique<Disk>(number_of_unusable(store, folder), folder, error.what()));
        }
    }
    if (!any) throw EngineError(EngineError::Kind::failed, why.empty() ? "there is no disk" : why);
}

Disk& Disks::for_writing() {
    std::uint64_t total = 0;
    bool all_failed = true;
    for (const auto& disk : disks_) {
        total += disk->room();
        all_failed = all_failed && disk->state() == DiskState::failed;
    }
    if (all_failed) throw EngineError(EngineError::Kind::failed, "no disk can be written to");
    if (total == 0) throw EngineError(EngineError::Kind::full, "the disks of the object store are full");
    thread_local std::minstd_rand random(std::random_device{}());
    auto chosen = disks_.size() == 1 ? 0 : std::uniform_int_distribution<std::uint64_t>(0, total - 1)(random);
    for (const auto& disk : disks_) {
        const auto room = disk->room();
        if (chosen < room) return *disk;
        chosen -= room;
    }
    throw EngineError(EngineError::Kind::full, "the disks of the object store are full");
}

Disk& Disks::at(std::uint32_t number) {
    for (const auto& disk : disks_)
        if (disk->number() == number) return *disk;
    throw EngineError(EngineError::Kind::failed, "there is no disk " + std::to_string(number));
}

}  // namespace cumulet::objectstore

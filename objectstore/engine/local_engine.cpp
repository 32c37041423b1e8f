#include "objectstore/engine/local_engine.hpp"

#include <fmt/format.h>

#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/parts.hpp"
#include "objectstore/engine/upkeep.hpp"

namespace cumulet::objectstore {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_of(const LocalOptions& options) {
    std::vector<fs::path> folders{options.folder};
    folders.insert(folders.end(), options.more_folders.begin(), options.more_folders.end());
    return folders;
}

// The largest number of a file that the records know, or that is a segment.
std::uint64_t largest_number(store::Engine& store, const LocalOptions& options) {
    std::uint64_t largest = 0;
    store::Transaction txn(store, {});
    for (const auto& row : txn.scan<BlobRow>({.reverse = true, .limit = 1})) largest = row.file;
    for (const auto& folder : folders_of(options)) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(folder / "segments", none))
            largest = std::max(largest, number_of(entry.path().filename().string()).value_or(0));
    }
    return largest;
}

DiskOptions disk_options(const LocalOptions& options) {
    return {.folder = {},
            .segment_bytes = options.segment_bytes,
            .min_free_bytes = options.min_free_bytes,
            .threads = options.threads};
}

// Copies a folder's files while others are added to it.
void copy_folder(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::directory_iterator(from)) {
        const auto target = to / entry.path().filename();
        if (entry.is_directory()) {
            copy_folder(entry.path(), target);
            continue;
        }
        std::error_code error;
        fs::copy_file(entry.path(), target, error);
        // An upload that was given up meanwhile: nothing names it.
        if (error && error != std::errc::no_such_file_or_directory)
            throw fs::filesystem_error("cannot back up", entry.path(), target, error);
    }
}

class LocalEngineImpl final : public LocalEngine {
public:
    LocalEngineImpl(store::Engine& store, const LocalOptions& options) : parts_(store, options), upkeep_(parts_) {}

    std::unique_ptr<BlobWriter> writer(const WriteOptions& options) override {
        return make_local_writer(parts_, options);
    }
    BlobBody open(const Blob& blob, std::uint64_t offset, std::uint64_t length) override {
        return open_blob(parts_, blob, offset, length);
    }
    bool verify(const Blob& blob) override { return blob.file == 0 || verify_row(parts_, find_blob(parts_, blob)); }
    bool encrypts() const override { return parts_.options.encrypt; }
    Budget& budget() override { return parts_.budget; }

    void adopt(store::Transaction& txn, const Blob& blob, const std::string& owner) override {
        if (blob.file == 0) return;
        txn.insert(row_of(blob, owner), "adopted");
        if (blob.shared) txn.add(live_counter(blob.file), static_cast<std::int64_t>(blob.length));
    }
    void release(store::Transaction& txn, const Blob& blob) override {
        if (blob.file == 0) return;
        const auto row = txn.get<BlobRow>(blob.file, blob.offset);
        if (!row) return;
        txn.erase(*row, "released");
        if (row->rotten) {
            txn.add(kRottenCounter, -1);
            if (const auto mark = txn.get<RottenRow>(row->file, row->offset)) txn.erase(*mark, "released");
        }
        if (row->shared) txn.add(live_counter(row->at_file()), -static_cast<std::int64_t>(row->length));
    }
    // A segment that the blob was moved to is left to compaction.
    void discard(const Blob& blob) override {
        if (blob.file == 0) return;
        try {
            Disk& disk = parts_.disks.at(blob.disk);
            if (blob.shared) {
                remove_if_dead(parts_, disk, blob.file);
                return;
            }
            parts_.trusted.remove(blob.file);
            auto remove = [&disk, number = blob.file] { disk.files().remove(number); };
            if (!disk.try_post([this, remove] { parts_.removals.run(remove); }))
                log::warning("a removed object leaves its file until the next start");
        } catch (const EngineError& error) {
            log::warning("a removed object leaves its bytes until the next start: {}", error.what());
        }
    }
    std::size_t sweep() override {
        std::size_t gone = 0;
        for (const auto& disk : parts_.disks.all()) {
            if (!disk->usable()) continue;
            for (const auto number : disk->files().all()) {
                if (number >= parts_.first_new || is_owned(number)) continue;
                disk->files().remove(number);
                ++gone;
            }
            for (const auto number : disk->segments().all()) {
                if (number >= parts_.first_new || is_owned(number)) continue;
                disk->segments().remove(number);
                ++gone;
            }
        }
        return gone;
    }
    void backup(const fs::path& target, const std::function<void()>& records) override {
        const Removals::Hold hold(parts_.removals);
        records();
        for (const auto& disk : parts_.disks.all()) {
            if (!disk->usable())
                throw EngineError(
                    EngineError::Kind::failed,
                    fmt::format("disk {} cannot be read, a backup would lack its objects", disk->number()));
            copy_folder(disk->folder(), target / std::to_string(disk->number()));
        }
    }

    std::vector<RottenRow> rotten(const RottenRow* after, std::size_t limit) override {
        store::Transaction txn(parts_.store, {});
        const auto from = after ? store::Transaction::cursor_of<RottenRow>("", *after) : "";
        return txn.scan<RottenRow>({.limit = limit, .after = from});
    }

    std::uint64_t compact() override { return upkeep_.compact(); }
    ScrubReport scrub(std::uint64_t blobs) override { return upkeep_.scrub(blobs); }
    void start_upkeep(std::chrono::seconds pause, std::chrono::seconds scrub_pause) override {
        upkeep_.start(pause, scrub_pause);
    }
    void stop_upkeep() override { upkeep_.stop(); }
    std::optional<std::string> complaint() override {
        for (const auto& disk : parts_.disks.all())
            if (disk->state() == DiskState::failed)
                return fmt::format("disk {} in {} fails", disk->number(), disk->folder().string());
        if (const auto rotten = parts_.store.snapshot()->counter(kRottenCounter); rotten > 0)
            return fmt::format("{} objects are rotten: cumulet objectstore rotten", rotten);
        return std::nullopt;
    }

private:
    bool is_owned(std::uint64_t number) {
        store::Transaction txn(parts_.store, {});
        bool owned = false;
        const auto look = [&](BlobRow&& row) {
            owned = row.at_file() == number;
            return !owned;
        };
        txn.visit<BlobRow>({}, look, number);
        if (!owned) txn.visit<BlobRow>({.index = "moved", .limit = 1}, look, number);
        return owned;
    }

    Parts parts_;
    Upkeep upkeep_;
};

}  // namespace

BlobRow row_of(const Blob& blob, std::string owner) {
    return {.file = blob.file,
            .offset = blob.offset,
            .length = blob.length,
            .owner = std::move(owner),
            .shared = blob.shared,
            .checksum = blob.checksum,
            .disk = blob.disk};
}

std::string live_counter(std::uint64_t segment) { return "segment/" + name_of(segment); }

Parts::Parts(store::Engine& store, const LocalOptions& options)
    : store(store),
      options(options),
      numbers(largest_number(store, options)),
      first_new(numbers.next()),
      budget(options.upload_memory_bytes),
      trusted(options.trust),
      disks(store, folders_of(options), disk_options(options), numbers) {
    if (!options.key_file.empty()) keys.emplace(store, options.key_file);
    if (options.encrypt && !keys)
        throw EngineError(EngineError::Kind::failed, "encryption is on, but no key file is configured");
}

std::unique_ptr<LocalEngine> make_local_engine(store::Engine& store, const LocalOptions& options) {
    return std::make_unique<LocalEngineImpl>(store, options);
}

}  // namespace cumulet::objectstore

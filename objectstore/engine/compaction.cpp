// Gives back the space of dead blobs in segments: what still lives is appended to the current segment, its row is told
// where it is now, and the old file goes. Killed anywhere in between it leaves every row naming bytes that are there.
#include <future>
#include <vector>

#include "common/runtime/crash_point.hpp"
#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/hash.hpp"
#include "objectstore/engine/upkeep.hpp"
#include "objectstore/engine/upkeep_meters.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::size_t kAtOnce = 128;

struct Moved {
    BlobRow row;
    Blob copy;
};

// The rows of blobs that are in this segment now; up to kAtOnce of them behind `after`.
std::vector<BlobRow> rows_in(store::Engine& store, std::uint64_t segment, std::string& after, bool moved_ones) {
    store::Transaction txn(store, {});
    std::vector<BlobRow> rows;
    std::size_t seen = 0;
    const auto take = [&](BlobRow&& row) {
        ++seen;
        after = moved_ones ? store::Transaction::cursor_of<BlobRow>("moved", row, segment)
                           : store::Transaction::cursor_of<BlobRow>("", row);
        if (row.at_file() == segment && !row.rotten) rows.push_back(std::move(row));
        return seen < kAtOnce;
    };
    const store::Scan how{.index = moved_ones ? "moved" : "", .limit = kAtOnce, .after = after};
    txn.visit<BlobRow>(how, take, segment);
    if (seen == 0) after.clear();
    return rows;
}

// Appends copies and waits until they are durable.
std::vector<Moved> copy_blobs(Disk& to, std::vector<std::pair<BlobRow, std::string>> blobs) {
    std::vector<std::future<Finished>> copies;
    for (auto& [row, bytes] : blobs) {
        auto promise = std::make_shared<std::promise<Finished>>();
        copies.push_back(promise->get_future());
        to.segments().append(std::move(bytes),
                             [promise](Finished finished) { promise->set_value(std::move(finished)); });
    }
    std::vector<Moved> moved;
    std::exception_ptr error;
    for (std::size_t i = 0; i < copies.size(); ++i) {
        auto finished = copies[i].get();
        if (finished.error)
            error = finished.error;
        else
            moved.push_back({std::move(blobs[i].first), finished.blob});
    }
    if (!error) return moved;
    for (const auto& each : moved) to.segments().settle(each.copy.file);
    std::rethrow_exception(error);
}

// The rows name the copies from now on; those that were released or moved meanwhile stay as they are.
void commit_moves(store::Engine& store, const std::vector<Moved>& moved, std::uint64_t segment) {
    store::transact(store, {.operation = "compact"}, [&](store::Transaction& txn) {
        for (const auto& each : moved) {
            auto row = txn.get<BlobRow>(each.row.file, each.row.offset);
            if (!row || row->at_file() != segment || row->at_offset() != each.row.at_offset()) continue;
            row->disk = each.copy.disk;
            row->now_file = each.copy.file;
            row->now_offset = each.copy.offset;
            const auto length = static_cast<std::int64_t>(row->length);
            txn.put(*row, "moved");
            txn.add(live_counter(segment), -length);
            txn.add(live_counter(each.copy.file), length);
        }
        txn.without_log();
    });
}

}  // namespace

bool remove_if_dead(Parts& parts, Disk& disk, std::uint64_t segment) {
    // Finished is asked first: what was settled before is counted.
    if (!disk.segments().is_finished(segment)) return false;
    if (parts.store.snapshot()->counter(live_counter(segment)) != 0) return false;
    parts.removals.run([&disk, segment] {
        runtime::crash_point("segment.remove", "before");
        disk.segments().remove(segment);
        runtime::crash_point("segment.remove", "after");
    });
    return true;
}

std::uint64_t Upkeep::compact() {
    std::lock_guard lock(compacting_);
    std::uint64_t freed = 0;
    for (const auto& disk : parts_.disks.all())
        if (disk->usable()) freed += compact_disk(*disk);
    return freed;
}

std::uint64_t Upkeep::compact_disk(Disk& disk) {
    std::uint64_t freed = 0;
    for (const auto segment : disk.segments().all()) {
        if (!disk.segments().is_finished(segment)) continue;
        const auto size = disk.segments().bytes_in(segment);
        const auto live = parts_.store.snapshot()->counter(live_counter(segment));
        if (static_cast<double>(live) >= static_cast<double>(size) * parts_.options.compact_below) continue;
        if (live > 0 && !move_blobs(disk, segment)) continue;
        if (!remove_if_dead(parts_, disk, segment)) continue;
        freed += size - std::min(size, static_cast<std::uint64_t>(live));
        if (meters_) meters_->compacted.add(static_cast<double>(size));
    }
    return freed;
}

// False when something had to stay.
bool Upkeep::move_blobs(Disk& disk, std::uint64_t segment) {
    bool all = true;
    const File file = disk.segments().open(segment);
    for (const bool moved_ones : {false, true}) {
        std::string after;
        do {
            std::vector<std::pair<BlobRow, std::string>> blobs;
            std::uint64_t bytes = 0;
            for (auto& row : rows_in(parts_.store, segment, after, moved_ones)) {
                std::string copy(static_cast<std::size_t>(row.length), '\0');
                if (read_at(file, copy.data(), copy.size(), row.at_offset()) < copy.size() ||
                    hash_of(copy) != row.checksum) {
                    note_rotten(row);
                    all = false;
                    continue;
                }
                bytes += row.length;
                blobs.emplace_back(std::move(row), std::move(copy));
            }
            if (blobs.empty()) continue;
            // A full disk gets room by this: what it keeps free is for it.
            Disk& to = disk.state() != DiskState::failed ? disk : parts_.disks.for_writing();
            const auto moved = copy_blobs(to, std::move(blobs));
            runtime::crash_point("segment.copy", "after");
            commit_moves(parts_.store, moved, segment);
            for (const auto& each : moved) to.segments().settle(each.copy.file);
            pace_.spend(bytes);
        } while (!after.empty());
    }
    return all;
}

}  // namespace cumulet::objectstore

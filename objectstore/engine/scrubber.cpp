// Reads stored bytes again and again, so that rot is found while there is still a copy somewhere else. What is rotten
// is marked and stays where it is: it is never copied, and its segment never goes, until its object is removed.
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/upkeep.hpp"
#include "objectstore/engine/upkeep_meters.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::uint64_t kBytesAtOnce = 256u << 20;  // after which the way so far is stored

std::optional<BlobRow> row_now(store::Engine& store, const BlobRow& row) {
    store::Transaction txn(store, {});
    return txn.peek<BlobRow>(row.file, row.offset);
}

std::vector<BlobRow> rows_behind(store::Engine& store, const ScrubRow& progress, std::uint64_t limit) {
    store::Transaction txn(store, {});
    std::string after;
    if (progress.file != 0) {
        BlobRow last;
        last.file = progress.file;
        last.offset = progress.offset;
        after = store::Transaction::cursor_of<BlobRow>("", last);
    }
    return txn.scan<BlobRow>({.limit = static_cast<std::size_t>(limit), .after = after});
}

}  // namespace

void Upkeep::note_rotten(const BlobRow& row) {
    log::error("the bytes of {} are not those that were written (disk {}, file {}, offset {})", row.owner, row.disk,
               name_of(row.at_file()), row.at_offset());
    parts_.trusted.remove(row.file);
    const store::Cause cause{.time = SystemClock().now(), .operation = "scrub"};
    store::transact(parts_.store, cause, [&](store::Transaction& txn) {
        auto now = txn.get<BlobRow>(row.file, row.offset);
        if (!now) return;
        txn.without_log();
        if (!txn.get<RottenRow>(row.file, row.offset))
            txn.put(RottenRow{row.file, row.offset, now->length, now->disk, now->owner, txn.now()}, "found");
        if (now->rotten) return;
        now->rotten = true;
        txn.put(*now, "rotten");
        txn.add(kRottenCounter, 1);
    });
}

// Whether its bytes are well. One that was removed or moved meanwhile is looked at as it is now.
bool Upkeep::look_at(const BlobRow& row, ScrubReport& report) {
    for (auto now = std::optional(row); now; now = row_now(parts_.store, row)) {
        try {
            ++report.blobs;
            report.bytes += row.length;
            if (verify_row(parts_, *now, [this](std::uint64_t bytes) { pace_.spend(bytes); })) return true;
            const auto then = row_now(parts_.store, row);
            if (!then) return true;
            if (then->at_file() != now->at_file() || then->at_offset() != now->at_offset()) continue;
            return false;
        } catch (const EngineError& error) {
            if (error.kind != EngineError::Kind::missing) throw;
            const auto then = row_now(parts_.store, row);
            if (!then) return true;
            if (then->at_file() == now->at_file()) return false;
        }
    }
    return true;
}

ScrubReport Upkeep::scrub(std::uint64_t blobs) {
    std::lock_guard lock(scrubbing_);
    ScrubReport report;
    ScrubRow progress;
    {
        store::Transaction txn(parts_.store, {});
        progress = txn.peek<ScrubRow>(std::uint64_t{0}).value_or(ScrubRow{});
    }
    const auto rows = rows_behind(parts_.store, progress, blobs);
    report.round_finished = rows.size() < blobs;
    for (const auto& row : rows) {
        bool well = true;
        try {
            well = look_at(row, report);
        } catch (const EngineError& error) {
            log::error("scrub: {} cannot be read: {}", row.owner, error.what());
        }
        if (!well) {
            ++report.rotten;
            note_rotten(row);
        }
        progress.file = row.file;
        progress.offset = row.offset;
        if (meters_) meters_->scrubbed.add(static_cast<double>(row.length));
        if (report.bytes < kBytesAtOnce || &row == &rows.back()) continue;
        report.round_finished = false;
        break;
    }
    if (report.round_finished) {
        progress = {.rounds = progress.rounds + 1};
        if (meters_) meters_->rounds.add();
    }
    store::transact(parts_.store, {.operation = "scrub"}, [&](store::Transaction& txn) {
        txn.put(progress, "scrubbed");
        txn.without_log();
    });
    return report;
}

}  // namespace cumulet::objectstore

#include "compute/folding/log_fold.hpp"

#include <algorithm>

namespace cumulet::compute::folding {

namespace {

// Of one batch: entries, and bytes of the log (an entry of a thousand servers is some megabytes).
constexpr std::size_t kBatch = 512;
constexpr std::size_t kBatchBytes = 8u << 20;
constexpr std::size_t kReadAtOnce = 32;
// The position is put on record at least this often, so that a restart reads little again and the log can be trimmed.
constexpr store::Revision kRecordEvery = 4096;

std::vector<store::ChangeEntry> read_batch(store::Engine& engine, store::Revision after) {
    std::vector<store::ChangeEntry> entries;
    std::size_t bytes = 0;
    while (entries.size() < kBatch && bytes < kBatchBytes) {
        const auto read = engine.read_log(entries.empty() ? after : entries.back().revision, kReadAtOnce);
        for (const auto& entry : read) {
            bytes += entry.bytes.size();
            entries.push_back(store::decode_change_entry(entry));
        }
        if (read.size() < kReadAtOnce) break;
    }
    return entries;
}

}  // namespace

LogFold::LogFold(store::Engine& engine, std::string name, Work work)
    : engine_(engine), name_(std::move(name)), work_(std::move(work)) {}

store::Revision LogFold::position() {
    store::Transaction txn(engine_, {});
    const auto on_record = txn.peek<LogPosition>(name_);
    return on_record ? on_record->revision : 0;
}

std::size_t LogFold::catch_up(Timestamp now) {
    std::size_t changed = 0;
    while (const auto folded = fold_batch(now)) changed += *folded;
    return changed;
}

store::Revision LogFold::unread_after(store::Revision position) const {
    std::lock_guard lock(mutex_);
    return seen_.position == position ? std::max(position, seen_.upto) : position;
}

std::size_t LogFold::count_anew(Timestamp now) {
    return store::transact(engine_, {.time = now, .operation = name_}, [&](store::Transaction& txn) {
        txn.without_log();
        static_cast<void>(txn.get<LogPosition>(name_));
        const auto changed = work_.count_anew(txn);
        const auto upto = work_.rest_on_top ? engine_.first_log_revision() - 1 : txn.snapshot_revision();
        txn.put(LogPosition{.reader = name_, .revision = upto}, "counted");
        return changed;
    });
}

// nullopt: there is nothing left to fold.
std::optional<std::size_t> LogFold::fold_batch(Timestamp now) {
    store::Transaction txn(engine_, {.time = now, .operation = name_});
    // What is made of the log is no news to its readers.
    txn.without_log();
    auto position = txn.get<LogPosition>(name_).value_or(LogPosition{.reader = name_, .revision = 0});
    const auto from = unread_after(position.revision);
    if (engine_.last_revision() <= from) return std::nullopt;
    std::vector<store::ChangeEntry> entries;
    try {
        entries = read_batch(engine_, from);
    } catch (const store::StoreError&) {
        return count_anew(now);
    }
    if (entries.empty()) return std::nullopt;
    const auto upto = entries.back().revision;
    const auto changed = work_.fold(txn, entries);
    if (changed > 0 || upto >= position.revision + kRecordEvery) {
        position.revision = upto;
        txn.put(position, "moved");
        // Refused: another process folded the same entries.
        if (!store::went_through(txn.commit_and_wait())) return 0;
    }
    {
        std::lock_guard lock(mutex_);
        seen_ = {.position = position.revision, .upto = upto};
    }
    return changed;
}

void LogFold::visit_unfolded(store::Transaction& txn,
                             const std::function<void(const store::ChangeEntry&)>& each) const {
    const auto position = txn.peek<LogPosition>(name_);
    const auto upto = txn.snapshot_revision();
    for (auto from = unread_after(position ? position->revision : 0); from < upto;) {
        const auto entries = read_batch(engine_, from);
        for (const auto& entry : entries)
            if (entry.revision <= upto) each(entry);
        from = entries.empty() ? upto : entries.back().revision;
    }
}

}  // namespace cumulet::compute::folding

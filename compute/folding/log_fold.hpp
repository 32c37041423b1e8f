// Makes records from the change log, little by little, each batch and the position behind it in one commit.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/model/log_position.hpp"

namespace cumulet::compute::folding {

// What a fold does. Both functions are called in transactions that leave no entry in the log themselves, and may be
// called again with the same entries when the commit was refused.
struct Work {
    // Puts what the entries (oldest first) say; how many rows that were. 0: they say nothing.
    std::function<std::size_t(store::Transaction&, const std::vector<store::ChangeEntry>&)> fold;
    // The log was trimmed beyond the position: from the records alone; how many rows were put.
    std::function<std::size_t(store::Transaction&)> count_anew;
    // To fold an entry on top of what was counted after it changes nothing: what is left of the log is folded then.
    bool rest_on_top = false;
};

// Any thread.
class LogFold {
public:
    // `name` stands in the position's record and in the cause of the commits.
    LogFold(store::Engine& engine, std::string name, Work work);

    // Folds what the log holds beyond the position, in batches of bounded size; how many rows changed. Throws
    // StoreError when the store failed.
    std::size_t catch_up(Timestamp now);

    // Everything up to here is folded: the log may be trimmed up to it.
    store::Revision position();

    // Entries that are not folded in the transaction's snapshot, oldest first, up to its revision. Throws StoreError
    // when the log was trimmed beyond the position and nobody has caught up since.
    void visit_unfolded(store::Transaction& txn, const std::function<void(const store::ChangeEntry&)>& each) const;

private:
    std::optional<std::size_t> fold_batch(Timestamp now);
    std::size_t count_anew(Timestamp now);
    // Where to read on when the position on record is `position`.
    store::Revision unread_after(store::Revision position) const;

    store::Engine& engine_;
    std::string name_;
    Work work_;
    // No entry between a position on record and what was looked through since says anything.
    struct Seen {
        store::Revision position = 0, upto = 0;
    };
    mutable std::mutex mutex_;
    Seen seen_;
};

}  // namespace cumulet::compute::folding

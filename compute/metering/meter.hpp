// Folds the change log into usage spans: when a server began to run, when its size changed, when it was deleted.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/model/usage_span.hpp"

namespace cumulet::compute::metering {

// [from, to)
struct Window {
    Timestamp from, to;
};

// Any thread.
class Meter {
public:
    explicit Meter(store::Engine& engine);

    // Makes spans of what the log holds beyond the position, in commits of bounded size. A store that was never
    // metered, or whose log was trimmed beyond the position, is counted anew from its server records. How many spans
    // changed.
    std::size_t catch_up(Timestamp now);

    // Everything up to here is in spans: the log may be trimmed up to it.
    store::Revision position();

    // The spans that touch the window, of one project or of all, as of the transaction's snapshot: those that go on
    // first, then those that ended last.
    std::vector<UsageSpan> spans(store::Transaction& txn, const Window& window,
                                 const std::optional<std::string>& project) const;

    // Lets go of spans that ended before `before`, at most a batch; how many.
    std::size_t forget(Timestamp now, Timestamp before);

private:
    std::optional<std::size_t> fold_batch(Timestamp now);

    // Where to read on when the position on record is `position`.
    store::Revision unread_after(store::Revision position) const;

    store::Engine& engine_;
    // No entry between a position on record and what was looked through since concerns usage.
    struct Seen {
        store::Revision position = 0, upto = 0;
    };
    mutable std::mutex mutex_;
    Seen seen_;
};

}  // namespace cumulet::compute::metering

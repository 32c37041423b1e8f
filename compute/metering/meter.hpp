// Folds the change log into usage spans: when a server began to run, when its size changed, when it was deleted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/folding/log_fold.hpp"
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

    // Makes spans of what the log holds beyond the position. A store whose log was trimmed beyond the position is
    // counted anew from its server records. How many spans changed.
    std::size_t catch_up(Timestamp now) { return fold_.catch_up(now); }

    // Everything up to here is in spans: the log may be trimmed up to it.
    store::Revision position() { return fold_.position(); }

    // The spans that touch the window, of one project or of all, as of the transaction's snapshot: those that go on
    // first, then those that ended last.
    std::vector<UsageSpan> spans(store::Transaction& txn, const Window& window,
                                 const std::optional<std::string>& project) const;

    // Lets go of spans that ended before `before`, at most a batch; how many.
    std::size_t forget(Timestamp now, Timestamp before);

private:
    store::Engine& engine_;
    folding::LogFold fold_;
};

}  // namespace cumulet::compute::metering

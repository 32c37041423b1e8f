#include "common/store/log_age.hpp"

#include <algorithm>

#include "common/store/transaction.hpp"

namespace cumulet::store {

Revision first_revision_since(Engine& engine, Timestamp since) {
    Revision low = engine.first_log_revision();
    Revision high = engine.last_revision() + 1;
    // Commits without an entry leave gaps; the next entry stands for them. Times grow with revisions but for the
    // clocks' small disagreements, which shift the border by as little.
    while (low < high) {
        const Revision middle = low + (high - low) / 2;
        const auto next = read_changes(engine, middle - 1, 1);
        if (next.empty() || next.front().cause.time >= since)
            high = middle;
        else
            low = next.front().revision + 1;
    }
    return low;
}

void trim_log_before(Engine& engine, Timestamp before, Revision not_beyond) {
    const auto first = std::min(first_revision_since(engine, before), not_beyond);
    if (first > engine.first_log_revision()) engine.trim_log(first);
}

}  // namespace cumulet::store

#include "compute/metering/meter.hpp"

#include <algorithm>

#include "common/store/partial_row.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::metering {

namespace {

constexpr std::string_view kUsage = "usage";
constexpr std::size_t kBatch = 512;
// The position is put on record at least this often, so that a restart reads little again and the log can be trimmed.
constexpr store::Revision kRecordEvery = 4096;
constexpr std::size_t kForgetAtOnce = 1000;

// What one commit did to a server's usage.
struct Turn {
    UsageSpan span;  // its size, and since when or until when
    bool begins = false;
};

UsageSpan span_of(const Server& server) {
    return {.server_id = server.id,
            .project_id = server.project_id,
            .launched_at = server.launched_at.value_or(Timestamp{}),
            .since = server.launched_at.value_or(Timestamp{}),
            .until = std::nullopt,
            .last = false,
            .name = server.name,
            .flavor = server.flavor.name,
            .vcpus = server.flavor.vcpus,
            .memory_mib = server.flavor.memory_mib,
            .disk_gib = server.flavor.root_gib + server.flavor.ephemeral_gib};
}

bool same_size(const UsageSpan& a, const UsageSpan& b) {
    return a.vcpus == b.vcpus && a.memory_mib == b.memory_mib && a.disk_gib == b.disk_gib && a.flavor == b.flavor;
}

// What the row says of usage; nothing for a server that never ran.
std::optional<UsageSpan> usage_of(const std::string& row) {
    if (row.empty()) return std::nullopt;
    const auto server = store::decode_row_partly(row, &Server::id, &Server::project_id, &Server::name, &Server::flavor,
                                                 &Server::launched_at);
    if (!server.launched_at) return std::nullopt;
    return span_of(server);
}

// The turns of an entry, in order.
void add_turns(const store::ChangeEntry& entry, std::vector<Turn>& turns) {
    for (const auto& change : entry.changes) {
        if (change.collection != store::Describe<Server>::collection) continue;
        const auto before = usage_of(change.before), after = usage_of(change.after);
        if (!before && !after) continue;
        if (before && after && same_size(*before, *after)) continue;
        if (before) {
            Turn end{.span = *before};
            end.span.until = entry.cause.time;
            end.span.last = !after;
            turns.push_back(std::move(end));
        }
        if (after) {
            Turn begin{.span = *after, .begins = true};
            if (before) begin.span.since = entry.cause.time;
            turns.push_back(std::move(begin));
        }
    }
}

void close(UsageSpan& open, const UsageSpan& end) {
    open.until = end.until;
    open.last = end.last;
    open.name = end.name;
}

void apply(store::Transaction& txn, const Turn& turn) {
    if (turn.begins) return txn.put(turn.span, "began");
    for (auto& open : txn.scan<UsageSpan>({.reverse = true, .limit = 1}, turn.span.server_id)) {
        if (open.until) return;
        close(open, turn.span);
        txn.put(open, "ended");
    }
}

void apply(std::vector<UsageSpan>& spans, Turn&& turn) {
    if (turn.begins) {
        spans.push_back(std::move(turn.span));
        return;
    }
    for (auto& open : spans)
        if (open.server_id == turn.span.server_id && !open.until) close(open, turn.span);
}

bool touches(const UsageSpan& span, const Window& window) {
    return span.since < window.to && (!span.until || *span.until > window.from);
}

store::Cause cause_at(Timestamp now) { return {.time = now, .operation = "metering"}; }

// From the records alone: what lives goes on since it began or since it last changed its size, what is remembered of
// the dead is closed.
std::size_t count_anew(store::Engine& engine, Timestamp now) {
    return store::transact(engine, cause_at(now), [&](store::Transaction& txn) {
        // Spans are no news to anybody: what they are made of is in the log.
        txn.without_log();
        auto position = txn.get<MeterPosition>(kUsage);
        std::size_t changed = 0;
        auto newest_of = [&](const std::string& server_id) {
            return txn.scan<UsageSpan>({.reverse = true, .limit = 1}, server_id);
        };
        auto settle = [&](UsageSpan wanted) {
            const auto known = newest_of(wanted.server_id);
            if (!known.empty()) {
                if (known[0].until) return;
                wanted.since = known[0].since;
            }
            txn.put(wanted, "counted");
            ++changed;
        };
        txn.visit<Server>({}, [&](Server&& server) {
            if (server.launched_at) settle(span_of(server));
            return true;
        });
        txn.visit<DeletedServer>({}, [&](DeletedServer&& gone) {
            if (!gone.server.launched_at) return true;
            auto span = span_of(gone.server);
            span.until = gone.deleted_at;
            span.last = true;
            settle(std::move(span));
            return true;
        });
        txn.put(MeterPosition{.meter = std::string(kUsage), .revision = txn.snapshot_revision()}, "counted");
        return changed;
    });
}

}  // namespace

Meter::Meter(store::Engine& engine) : engine_(engine) {}

store::Revision Meter::position() {
    store::Transaction txn(engine_, {});
    const auto on_record = txn.peek<MeterPosition>(kUsage);
    return on_record ? on_record->revision : 0;
}

std::size_t Meter::catch_up(Timestamp now) {
    std::size_t changed = 0;
    while (const auto folded = fold_batch(now)) changed += *folded;
    return changed;
}

store::Revision Meter::unread_after(store::Revision position) const {
    std::lock_guard lock(mutex_);
    return seen_.position == position ? std::max(position, seen_.upto) : position;
}

// nullopt: there is nothing left to fold.
std::optional<std::size_t> Meter::fold_batch(Timestamp now) {
    store::Transaction txn(engine_, cause_at(now));
    txn.without_log();
    auto position = txn.get<MeterPosition>(kUsage);
    if (!position) position = MeterPosition{.meter = std::string(kUsage), .revision = 0};
    const auto from = unread_after(position->revision);
    if (engine_.last_revision() <= from) return std::nullopt;
    std::vector<store::ChangeEntry> entries;
    try {
        entries = store::read_changes(engine_, from, kBatch);
    } catch (const store::StoreError&) {
        return count_anew(engine_, now);
    }
    if (entries.empty()) return std::nullopt;
    std::vector<Turn> turns;
    for (const auto& entry : entries) add_turns(entry, turns);
    const auto upto = entries.back().revision;
    if (!turns.empty() || upto >= position->revision + kRecordEvery) {
        for (const auto& turn : turns) apply(txn, turn);
        position->revision = upto;
        txn.put(*position, "moved");
        // Refused: another process folded the same entries.
        if (!store::went_through(txn.commit_and_wait())) return 0;
    }
    {
        std::lock_guard lock(mutex_);
        seen_ = {.position = position->revision, .upto = upto};
    }
    if (entries.size() < kBatch && turns.empty()) return std::nullopt;
    return turns.size();
}

std::vector<UsageSpan> Meter::spans(store::Transaction& txn, const Window& window,
                                    const std::optional<std::string>& project) const {
    std::vector<UsageSpan> spans;
    // Newest end first: behind the first that ended before the window all others did too.
    auto take = [&](UsageSpan&& span) {
        if (span.until && *span.until <= window.from) return false;
        if (touches(span, window)) spans.push_back(std::move(span));
        return true;
    };
    if (project)
        txn.visit<UsageSpan>({.index = "project"}, take, *project);
    else
        txn.visit<UsageSpan>({.index = "end"}, take);
    const auto position = txn.peek<MeterPosition>(kUsage);
    const auto upto = txn.snapshot_revision();
    std::vector<Turn> turns;
    for (auto from = unread_after(position ? position->revision : 0); from < upto;) {
        const auto entries = store::read_changes(engine_, from, kBatch);
        for (const auto& entry : entries)
            if (entry.revision <= upto) add_turns(entry, turns);
        from = entries.empty() ? upto : entries.back().revision;
    }
    for (auto& turn : turns)
        if (!project || turn.span.project_id == *project) apply(spans, std::move(turn));
    std::erase_if(spans, [&](const UsageSpan& span) { return !touches(span, window); });
    return spans;
}

std::size_t Meter::forget(Timestamp now, Timestamp before) {
    return store::transact(engine_, cause_at(now), [&](store::Transaction& txn) {
        txn.without_log();
        const auto oldest = txn.scan<UsageSpan>({.index = "end", .reverse = true, .limit = kForgetAtOnce});
        std::size_t forgotten = 0;
        for (const auto& span : oldest) {
            if (!span.until || *span.until >= before) break;
            txn.erase(span, "forgotten");
            ++forgotten;
        }
        return forgotten;
    });
}

}  // namespace cumulet::compute::metering

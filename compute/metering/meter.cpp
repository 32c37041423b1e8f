#include "compute/metering/meter.hpp"

#include "common/store/partial_row.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::metering {

namespace {

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

std::size_t fold(store::Transaction& txn, const std::vector<store::ChangeEntry>& entries) {
    std::vector<Turn> turns;
    for (const auto& entry : entries) add_turns(entry, turns);
    for (const auto& turn : turns) apply(txn, turn);
    return turns.size();
}

// From the records alone: what lives goes on since it began or since it last changed its size, what is remembered of
// the dead is closed.
std::size_t count_anew(store::Transaction& txn) {
    std::size_t changed = 0;
    auto settle = [&](UsageSpan wanted) {
        const auto known = txn.scan<UsageSpan>({.reverse = true, .limit = 1}, wanted.server_id);
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
    return changed;
}

}  // namespace

Meter::Meter(store::Engine& engine)
    : engine_(engine), fold_(engine, "usage", {.fold = fold, .count_anew = count_anew}) {}

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
    std::vector<Turn> turns;
    fold_.visit_unfolded(txn, [&](const store::ChangeEntry& entry) { add_turns(entry, turns); });
    for (auto& turn : turns)
        if (!project || turn.span.project_id == *project) apply(spans, std::move(turn));
    std::erase_if(spans, [&](const UsageSpan& span) { return !touches(span, window); });
    return spans;
}

std::size_t Meter::forget(Timestamp now, Timestamp before) {
    return store::transact(engine_, {.time = now, .operation = "usage"}, [&](store::Transaction& txn) {
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

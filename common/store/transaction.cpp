#include "common/store/transaction.hpp"

#include <future>
#include <stdexcept>

#include "common/runtime/crash_point.hpp"

namespace cumulet::store {

template <>
struct Describe<Cause> {
    static constexpr auto fields = List{field("time", &Cause::time),           field("request_id", &Cause::request_id),
                                        field("user_id", &Cause::user_id),     field("project_id", &Cause::project_id),
                                        field("operation", &Cause::operation), field("address", &Cause::address)};
};
template <>
struct Describe<Change> {
    static constexpr auto fields =
        List{field("collection", &Change::collection), field("key", &Change::key), field("reason", &Change::reason),
             field("before", &Change::before), field("after", &Change::after)};
};
// The revision is not a field: the engine keeps an entry under it.
template <>
struct Describe<ChangeEntry> {
    static constexpr auto fields = List{field("cause", &ChangeEntry::cause), field("changes", &ChangeEntry::changes)};
};

namespace {

using Overlay = std::map<std::string, std::optional<std::string>, std::less<>>;

struct Movement {
    std::int64_t delta = 0;
    std::optional<std::int64_t> max;
};

// What names the crash points of a commit: "<collection>.<reason>" of each change.
std::vector<std::string> crash_names(const std::vector<Change>& changes) {
    std::vector<std::string> names;
    if (!runtime::crash_points_enabled()) return names;
    for (const auto& change : changes) names.push_back(change.collection + "." + change.reason);
    return names;
}

void pass_crash_points(const std::vector<std::string>& names, std::string_view moment) {
    for (const auto& name : names) runtime::crash_point(name, moment);
}

// The range of a scan: everything under `prefix`, behind the cursor.
Range range_of(const Scan& how, const std::string& prefix) {
    Range range{prefix, prefix_end(prefix), how.reverse};
    if (!how.from.empty()) range.begin = std::max(range.begin, how.from);
    if (!how.until.empty()) range.end = std::min(range.end, how.until);
    if (how.after.empty()) return range;
    if (how.reverse)
        range.end = std::min(range.end, how.after);
    else
        range.begin = std::max(range.begin, how.after + '\0');
    return range;
}

}  // namespace

struct Transaction::State {
    explicit State(Engine& engine) : engine(engine) {}

    Snapshot& snapshot() {
        if (!taken) taken = engine.snapshot();
        return *taken;
    }
    std::optional<std::string> read(const std::string& key, bool tracked) {
        auto own = writes.find(key);
        if (own != writes.end() && (!tracked || compares.contains(key))) return own->second;
        auto value = snapshot().get(key);
        if (tracked) compares.emplace(key, value ? value->revision : 0);
        if (own != writes.end()) return own->second;
        if (!value) return std::nullopt;
        return std::move(value->bytes);
    }
    void record(const RowName& row, std::string before, const std::optional<std::string>& after);
    std::string log_entry(const Cause& cause) {
        return encode_bytes(ChangeEntry{.cause = cause, .changes = std::move(changes)});
    }

    Engine& engine;
    std::unique_ptr<Snapshot> taken;
    std::map<std::string, Revision, std::less<>> compares;
    Overlay writes;
    std::map<std::string, Movement, std::less<>> movements;
    std::vector<Change> changes;
};

// One change for a row and reason, however often it was put: from what it was first to what it is last.
void Transaction::State::record(const RowName& row, std::string before, const std::optional<std::string>& after) {
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        if (change->key != row.key || change->collection != row.collection) continue;
        if (change->reason != row.reason) break;
        change->after = after.value_or("");
        return;
    }
    changes.push_back(
        {std::string(row.collection), row.key, std::string(row.reason), std::move(before), after.value_or("")});
}

Transaction::Transaction(Engine& engine, Cause cause)
    : cause_(std::move(cause)), state_(std::make_unique<State>(engine)) {}
Transaction::~Transaction() = default;
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;

std::optional<std::string> Transaction::read(const std::string& key) { return state_->read(key, true); }
std::optional<std::string> Transaction::read_untracked(const std::string& key) { return state_->read(key, false); }

void Transaction::throw_no_index(std::string_view collection, std::string_view index) {
    throw std::logic_error("collection " + std::string(collection) + " has no index " + std::string(index));
}

void Transaction::write_row(const RowName& row, std::optional<std::string> bytes,
                            const std::vector<detail::IndexEntry>& entries, EntriesOf entries_of) {
    const std::string key = detail::row_prefix(row.collection) + row.key;
    auto before = row.born ? std::nullopt : read(key);
    if (!before && !bytes) return;
    std::map<std::string, std::string_view> obsolete;
    if (before && bytes) bytes = keep_newer_fields(*before, std::move(*bytes));
    if (before)
        for (auto& entry : entries_of(*before)) obsolete.emplace(std::move(entry.key), entry.index);
    for (const auto& entry : entries)
        if (entry.kind == IndexKind::unique && !obsolete.contains(entry.key) && read(entry.key))
            throw UniqueViolation(std::string(row.collection), std::string(entry.index));
    state_->record(row, before.value_or(""), bytes);
    for (const auto& entry : entries) {
        const bool there = obsolete.erase(entry.key) > 0;
        if (entry.kind != IndexKind::thin)
            state_->writes[entry.key] = bytes;
        else if (!there)
            state_->writes[entry.key] = key;
    }
    for (const auto& [gone, index] : obsolete) state_->writes[gone] = std::nullopt;
    state_->writes[key] = std::move(bytes);
}

void Transaction::scan_rows(const Scan& how, const std::string& prefix, bool thin,
                            const std::function<bool(std::string_view)>& each) {
    const Range range = range_of(how, prefix);
    std::size_t left = how.limit;
    if (left == 0 || range.begin >= range.end) return;
    // A copy: `each` may write.
    const Overlay own(state_->writes.lower_bound(range.begin), state_->writes.lower_bound(range.end));
    auto forward = own.begin();
    auto backward = own.rbegin();
    // The next own write in walking order, or null.
    auto next_own = [&]() -> const Overlay::value_type* {
        if (how.reverse) return backward == own.rend() ? nullptr : &*backward;
        return forward == own.end() ? nullptr : &*forward;
    };
    // `stored` is the row, or in a thin index where it is.
    auto emit = [&](std::string_view key, std::string_view stored) {
        if (!thin) return each(stored) && --left > 0;
        if (how.want && !how.want(key.substr(prefix.size()))) return true;
        const auto row = read_untracked(std::string(stored));
        return !row || (each(*row) && --left > 0);
    };
    auto emit_own = [&](const Overlay::value_type& write) {
        how.reverse ? static_cast<void>(++backward) : static_cast<void>(++forward);
        return !write.second || emit(write.first, *write.second);
    };
    bool more = true;
    state_->snapshot().scan(range, [&](std::string_view key, std::string_view bytes, Revision) {
        for (const auto* write = next_own(); more && write; write = next_own()) {
            if (how.reverse ? write->first < key : write->first > key) break;
            const bool same = write->first == key;
            more = emit_own(*write);
            if (same) return more;
        }
        if (more) more = emit(key, bytes);
        return more;
    });
    for (const auto* write = next_own(); more && write; write = next_own()) more = emit_own(*write);
}

std::int64_t Transaction::counter(std::string_view name) {
    auto own = state_->movements.find(name);
    return state_->snapshot().counter(name) + (own == state_->movements.end() ? 0 : own->second.delta);
}

void Transaction::add(std::string_view name, std::int64_t delta, std::optional<std::int64_t> max) {
    auto& movement = state_->movements[std::string(name)];
    movement.delta += delta;
    if (max && (!movement.max || *max < *movement.max)) movement.max = max;
}

std::vector<std::pair<std::string, std::int64_t>> Transaction::counters(std::string_view prefix) {
    std::map<std::string, std::int64_t> found;
    const std::string begin(prefix);
    state_->snapshot().scan_counters({begin, prefix_end(begin)}, [&](std::string_view name, std::int64_t value) {
        found.emplace(name, value);
        return true;
    });
    for (auto own = state_->movements.lower_bound(begin);
         own != state_->movements.end() && own->first.starts_with(begin); ++own)
        found[own->first] += own->second.delta;
    return {found.begin(), found.end()};
}

bool Transaction::has_writes() const { return !state_->writes.empty() || !state_->movements.empty(); }

Revision Transaction::snapshot_revision() { return state_->snapshot().revision(); }

Batch Transaction::take_batch() {
    Batch batch;
    if (has_writes()) {
        for (auto& [key, revision] : state_->compares) batch.compares.push_back({key, revision});
        for (auto& [key, bytes] : state_->writes) batch.writes.push_back({key, std::move(bytes)});
        for (auto& [key, movement] : state_->movements) batch.adds.push_back({key, movement.delta, movement.max});
        if (logged_) batch.log = state_->log_entry(cause_);
    }
    state_.reset();
    return batch;
}

void Transaction::commit(std::function<void(CommitResult)> done) {
    if (!has_writes()) {
        const Revision seen = state_->taken ? state_->taken->revision() : 0;
        state_.reset();
        return done({.outcome = Outcome::committed, .revision = seen});
    }
    Engine& engine = state_->engine;
    auto names = crash_names(state_->changes);
    pass_crash_points(names, "before");
    if (names.empty()) return engine.commit(take_batch(), std::move(done));
    engine.commit(take_batch(), [names = std::move(names), done = std::move(done)](CommitResult result) {
        if (result.outcome == Outcome::committed) pass_crash_points(names, "after");
        done(std::move(result));
    });
}

CommitResult Transaction::commit_and_wait() {
    std::promise<CommitResult> promise;
    auto result = promise.get_future();
    commit([&](CommitResult done) { promise.set_value(std::move(done)); });
    return result.get();
}

ChangeEntry decode_change_entry(const LogEntry& entry) {
    auto decoded = decode_bytes<ChangeEntry>(entry.bytes);
    decoded.revision = entry.revision;
    return decoded;
}

std::vector<ChangeEntry> read_changes(Engine& engine, Revision after, std::size_t limit) {
    std::vector<ChangeEntry> entries;
    for (const auto& entry : engine.read_log(after, limit)) entries.push_back(decode_change_entry(entry));
    return entries;
}

bool went_through(const CommitResult& result) {
    if (result.outcome == Outcome::failed) throw StoreError(result.error);
    return result.outcome == Outcome::committed;
}

}  // namespace cumulet::store

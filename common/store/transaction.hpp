// Transactions over records. A transaction reads one snapshot, collects its writes, and commits them together with one
// change-log entry; the commit is refused as a conflict when anything it read by key was changed meanwhile.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/store/engine.hpp"
#include "common/store/record.hpp"

namespace cumulet::store {

// Who caused a transaction and when: goes into the change log.
struct Cause {
    Timestamp time{};
    std::string request_id;
    std::string user_id;
    std::string project_id;
    std::string operation;  // "POST /v2.1/servers", "converge", "agent.report" …
    std::string address;    // where a request came from
};

// One changed row in the change log. `before` and `after` are rows (decode_row); empty stands for absent.
struct Change {
    std::string collection;
    std::string key;     // the row's key parts
    std::string reason;  // as given to put() or erase()
    std::string before;
    std::string after;
};

struct ChangeEntry {
    Revision revision = 0;
    Cause cause;
    std::vector<Change> changes;
};

ChangeEntry decode_change_entry(const LogEntry& entry);

// Entries after `after`, oldest first, at most `limit`.
std::vector<ChangeEntry> read_changes(Engine& engine, Revision after, std::size_t limit);

// A put would give a second row the same unique parts. The caller turns it into its service's fault.
class UniqueViolation : public std::runtime_error {
public:
    UniqueViolation(std::string collection, std::string index)
        : std::runtime_error("unique index " + collection + "." + index),
          collection(std::move(collection)),
          index(std::move(index)) {}
    std::string collection, index;
};

// Which part of an index to walk. Results come in index order.
struct Scan {
    std::string_view index;  // empty: by primary key
    bool reverse = false;
    std::size_t limit = static_cast<std::size_t>(-1);
    // Start behind this row (its key parts within the scan's prefix, from cursor_of()); empty: from the beginning.
    std::string after;
    // Only entries from `from` on and before `until` (made by Transaction::bound_of()), whichever way the walk goes;
    // empty: no bound.
    std::string from, until;
    // Of a thin index: asked, of what an entry's key holds behind the scan's prefix, whether its row is worth reading.
    std::function<bool(std::string_view)> want = nullptr;
};

// True when committed, false when the transaction has to run again. Throws StoreError when the store failed.
bool went_through(const CommitResult& result);

// One thread at a time; not copied. A moved-from transaction may only be destroyed.
class Transaction {
public:
    Transaction(Engine& engine, Cause cause);
    ~Transaction();
    Transaction(Transaction&&) noexcept;
    Transaction& operator=(Transaction&&) noexcept;

    const Cause& cause() const { return cause_; }
    Cause& cause() { return cause_; }
    Timestamp now() const { return cause_.time; }

    // The row with these key parts, as this transaction sees it (its own writes included). The commit is refused if it
    // has changed (or appeared) by then. Throws CodecError when the row is damaged.
    template <Record R, class... Parts>
    std::optional<R> get(const Parts&... parts) {
        return decode_optional<R>(read(row_key<R>(parts...)));
    }
    // The same without the guarantee: for answers, not for decisions.
    template <Record R, class... Parts>
    std::optional<R> peek(const Parts&... parts) {
        return decode_optional<R>(read_untracked(row_key<R>(parts...)));
    }
    // The row that a unique index holds for these parts; guaranteed as by get().
    template <Record R, class... Parts>
    std::optional<R> find(std::string_view unique_index, const Parts&... parts) {
        std::string key = prefix_of<R>(unique_index);
        (append_key_part(key, parts), ...);
        return decode_optional<R>(read(key));
    }

    // Inserts or replaces. `reason` is one word or two for the change log and names the crash point ("locked"). The
    // commit is refused if the row has changed since this transaction's snapshot. Throws UniqueViolation.
    template <Record R>
    void put(const R& record, std::string_view reason) {
        write_row({Describe<R>::collection, detail::key_parts(record), reason}, encode_row(record),
                  detail::index_entries(record), &entries_of_row<R>);
    }
    // Inserts a row whose key nobody can have used before (a number or an id made for it): as put(), but the key is
    // neither read nor compared.
    template <Record R>
    void insert(const R& record, std::string_view reason) {
        write_row({Describe<R>::collection, detail::key_parts(record), reason, true}, encode_row(record),
                  detail::index_entries(record), &entries_of_row<R>);
    }
    // Nothing happens when the row is absent.
    template <Record R>
    void erase(const R& record, std::string_view reason) {
        write_row({Describe<R>::collection, detail::key_parts(record), reason}, std::nullopt, {}, &entries_of_row<R>);
    }

    // Rows under the given leading parts of an index (or of the primary key), in order, this transaction's own writes
    // included. Rows that others change or add meanwhile are no conflict: guard a rule over a range by a unique index,
    // a counter or a row read with get().
    template <Record R, class... Parts>
    std::vector<R> scan(const Scan& how, const Parts&... parts) {
        std::vector<R> rows;
        visit<R>(
            how,
            [&](R&& row) {
                rows.push_back(std::move(row));
                return true;
            },
            parts...);
        return rows;
    }
    // Calls `each` with every row until it returns false. What `each` writes does not change the walk.
    template <Record R, class Each, class... Parts>
    void visit(const Scan& how, Each&& each, const Parts&... parts) {
        std::string prefix = prefix_of<R>(how.index);
        (append_key_part(prefix, parts), ...);
        scan_rows(how, prefix, detail::is_thin<R>(how.index),
                  [&](std::string_view bytes) { return each(decode_row<R>(bytes)); });
    }
    // What Scan::after takes to go on behind `row` in this index. Of an each() index a row has several entries: give
    // the element as `parts`. Empty when the index does not hold the row.
    template <Record R, class... Parts>
    static std::string cursor_of(std::string_view index, const R& row, const Parts&... parts) {
        std::string prefix = prefix_of<R>(index);
        if (index.empty()) return prefix + detail::key_parts(row);
        (append_key_part(prefix, parts), ...);
        for (auto& entry : detail::index_entries(row))
            if (entry.index == index && entry.key.starts_with(prefix)) return std::move(entry.key);
        return "";
    }

    // A bound for Scan::from and Scan::until: the place of the first row of an index (or of the primary key) with these
    // leading parts whose next part, a string, is not less than `text`.
    template <Record R, class... Parts>
    static std::string bound_of(std::string_view index, std::string_view text, const Parts&... parts) {
        std::string bound = prefix_of<R>(index);
        (append_key_part(bound, parts), ...);
        append_key(bound, text);
        bound.resize(bound.size() - kKeyEndBytes);
        return bound;
    }

    // Leaves the change log without an entry for this commit: for data that is counted in other ways and whose copy in
    // the log would double every write (objects). Watchers do not see such commits.
    void without_log() { logged_ = false; }

    // Counters (quota use, capacity): see store::Add. `counter` is the snapshot's value with this transaction's own
    // adds.
    std::int64_t counter(std::string_view name);
    // Several adds to one counter are one movement under the smallest `max`.
    void add(std::string_view name, std::int64_t delta, std::optional<std::int64_t> max = std::nullopt);
    // (name, value) of every counter that starts with `prefix`.
    std::vector<std::pair<std::string, std::int64_t>> counters(std::string_view prefix);

    bool has_writes() const;
    // Taken by the first read; every read after it sees the same revision.
    Revision snapshot_revision();
    // What would be written; the transaction is spent.
    Batch take_batch();
    // Hands the batch to the engine. A transaction without writes is committed at once and does not touch the engine.
    // The transaction is spent. `done` runs as Engine::commit says.
    void commit(std::function<void(CommitResult)> done);
    CommitResult commit_and_wait();

private:
    using EntriesOf = std::vector<detail::IndexEntry> (*)(std::string_view row);
    struct RowName {
        std::string_view collection;
        std::string key;
        std::string_view reason;
        bool born = false;  // never written before
    };

    template <Record R>
    static std::vector<detail::IndexEntry> entries_of_row(std::string_view row) {
        return detail::index_entries(decode_row<R>(row));
    }
    template <Record R, class... Parts>
    static std::string row_key(const Parts&... parts) {
        static_assert(sizeof...(Parts) == Describe<R>::key.size, "give every part of the key");
        std::string key = detail::row_prefix(Describe<R>::collection);
        (append_key_part(key, parts), ...);
        return key;
    }
    template <Record R>
    static std::string prefix_of(std::string_view index) {
        if (index.empty()) return detail::row_prefix(Describe<R>::collection);
        if (!detail::has_index<R>(index)) throw_no_index(Describe<R>::collection, index);
        return detail::index_prefix(Describe<R>::collection, index);
    }
    template <Record R>
    static std::optional<R> decode_optional(const std::optional<std::string>& bytes) {
        if (!bytes) return std::nullopt;
        return decode_row<R>(*bytes);
    }
    [[noreturn]] static void throw_no_index(std::string_view collection, std::string_view index);

    std::optional<std::string> read(const std::string& key);
    std::optional<std::string> read_untracked(const std::string& key);
    void write_row(const RowName& row, std::optional<std::string> bytes, const std::vector<detail::IndexEntry>& entries,
                   EntriesOf entries_of);
    void scan_rows(const Scan& how, const std::string& prefix, bool thin,
                   const std::function<bool(std::string_view)>& each);

    struct State;
    Cause cause_;
    std::unique_ptr<State> state_;
    bool logged_ = true;
};

// Runs `body` (a function of Transaction&) until its commit finds no conflict, and returns what it returned. Blocks:
// for background work, start-up and tests; API handlers are run by the dispatcher. What `body` throws passes through
// and nothing is written. Throws StoreError when the store failed, or after `attempts` refused commits.
template <class Body>
auto transact(Engine& engine, const Cause& cause, Body&& body, int attempts = 100) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        Transaction transaction(engine, cause);
        if constexpr (std::is_void_v<decltype(body(transaction))>) {
            body(transaction);
            if (went_through(transaction.commit_and_wait())) return;
        } else {
            auto result = body(transaction);
            if (went_through(transaction.commit_and_wait())) return result;
        }
    }
    throw StoreError("transaction '" + cause.operation + "' was refused too often");
}

}  // namespace cumulet::store

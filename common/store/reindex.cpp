#include "common/store/reindex.hpp"

#include <chrono>
#include <set>

#include "common/runtime/log.hpp"

namespace cumulet::store::detail {

namespace {

constexpr std::size_t kAtOnce = 500;

void commit(Engine& engine, Batch batch) {
    if (batch.writes.empty()) return;
    if (!went_through(commit_and_wait(engine, std::move(batch))))
        throw StoreError("somebody else writes the store while its indexes are made anew");
}

void drop_entries(Engine& engine, std::string_view collection) {
    std::string prefix = "x";
    append_key(prefix, collection);
    // Each walk starts behind the last: what was removed still costs whoever walks over it.
    std::string from = prefix;
    for (bool more = true; more;) {
        Batch batch;
        engine.snapshot()->scan({from, prefix_end(prefix)}, [&](std::string_view key, std::string_view, Revision) {
            batch.writes.push_back({std::string(key), std::nullopt});
            return batch.writes.size() < kAtOnce;
        });
        if (!batch.writes.empty()) from = batch.writes.back().key + '\0';
        more = batch.writes.size() == kAtOnce;
        commit(engine, std::move(batch));
    }
}

bool has_rows(Engine& engine, std::string_view collection) {
    const std::string prefix = row_prefix(collection);
    bool found = false;
    engine.snapshot()->scan({prefix, prefix_end(prefix)}, [&](std::string_view, std::string_view, Revision) {
        found = true;
        return false;
    });
    return found;
}

std::size_t make_entries(Engine& engine, std::string_view collection, EntriesOf entries_of) {
    const std::string prefix = row_prefix(collection);
    std::string from = prefix;
    std::size_t total = 0;
    for (bool more = true; more;) {
        Batch batch;
        std::set<std::string, std::less<>> taken;
        std::size_t rows = 0;
        const auto snapshot = engine.snapshot(), lookup = engine.snapshot();
        snapshot->scan({from, prefix_end(prefix)}, [&](std::string_view key, std::string_view row, Revision revision) {
            batch.compares.push_back({std::string(key), revision});
            for (auto& entry : entries_of(row)) {
                if (entry.kind == IndexKind::unique && (!taken.insert(entry.key).second || lookup->get(entry.key)))
                    throw UniqueViolation(std::string(collection), std::string(entry.index));
                const auto held = entry.kind == IndexKind::thin ? key : row;
                batch.writes.push_back({std::move(entry.key), std::string(held)});
            }
            from = std::string(key) + '\0';
            return ++rows < kAtOnce;
        });
        more = rows == kAtOnce;
        total += rows;
        commit(engine, std::move(batch));
    }
    return total;
}

}  // namespace

std::size_t ensure_indexes(Engine& engine, std::string_view collection, const std::string& declaration,
                           EntriesOf entries_of) {
    const auto mark = Transaction(engine, {}).peek<IndexMark>(std::string(collection));
    if (mark && mark->declaration == declaration) return 0;
    if (has_rows(engine, collection))
        log::info("the indexes of '{}' are made {}: lists wait for it", collection,
                  mark ? "anew" : "for the first time");
    const auto started = std::chrono::steady_clock::now();
    drop_entries(engine, collection);
    const auto rows = make_entries(engine, collection, entries_of);
    transact(engine, {.operation = "reindex"}, [&](Transaction& txn) {
        txn.put(IndexMark{.collection = std::string(collection), .declaration = declaration}, "reindexed");
        txn.without_log();
    });
    if (rows > 0)
        log::info("{} rows of '{}' indexed in {:.1f} s", rows, collection,
                  std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    return rows;
}

}  // namespace cumulet::store::detail

#include "common/store/rocksdb/rocksdb_engine.hpp"

#include <mutex>

#include "common/store/rocksdb/backup.hpp"
#include "common/store/rocksdb/committer.hpp"
#include "common/store/rocksdb/snapshot.hpp"

namespace cumulet::store {

namespace rocks {

namespace {

// What part of the cache holds single rows; the rest holds blocks.
constexpr std::size_t kRowsShare = 4;

RocksdbOptions without_rows(RocksdbOptions options) {
    options.cache_bytes -= options.cache_bytes / kRowsShare;
    return options;
}

class RocksdbEngine final : public Engine {
public:
    explicit RocksdbEngine(const RocksdbOptions& options)
        : rows_(std::make_shared<RowCache>(options.cache_bytes / kRowsShare)),
          holder_(without_rows(options)),
          log_start_(stored_log_start()),
          committer_(holder_, *rows_, listeners_, options) {}

    std::unique_ptr<Snapshot> snapshot() override {
        const auto seen = last_revision();
        return take_snapshot(holder_.get(), rows_, seen);
    }

    void commit(Batch batch, std::function<void(CommitResult)> done) override {
        committer_.submit({std::move(batch), std::move(done)});
    }

    Revision last_revision() override { return committer_.last_revision(); }

    std::vector<LogEntry> read_log(Revision after, std::size_t limit) override {
        const auto database = holder_.get();
        std::unique_ptr<rocksdb::Iterator> at(database->db().NewIterator({}, database->log()));
        // After the iterator has its view: what is trimmed from now on does not matter to it.
        if (after + 1 < log_start_) throw StoreError("the change log begins at revision " + std::to_string(log_start_));
        std::vector<LogEntry> entries;
        for (at->Seek(to_fixed(after + 1)); at->Valid() && entries.size() < limit; at->Next())
            entries.push_back({from_fixed(view(at->key())), at->value().ToString()});
        require(at->status(), "read the change log");
        return entries;
    }

    Revision first_log_revision() override { return log_start_; }

    void trim_log(Revision before) override {
        std::lock_guard lock(trimming_);
        before = std::min(before, last_revision() + 1);
        if (before <= log_start_) return;
        const auto database = holder_.get();
        rocksdb::WriteBatch batch;
        require(batch.DeleteRange(database->log(), to_fixed(0), to_fixed(before)), "trim the change log");
        require(batch.Put(database->meta(), slice(kLogStart), to_fixed(before)), "trim the change log");
        // First the mark, then the deed: a reader between them is refused, not misled.
        log_start_ = before;
        require(database->db().Write({}, &batch), "trim the change log");
    }

    std::unique_ptr<CommitListener> listen(std::function<void(Revision)> on_commit) override {
        return listeners_.add(std::move(on_commit));
    }

    void backup(const std::filesystem::path& target) override { rocks::backup(*holder_.get(), target); }

private:
    Revision stored_log_start() {
        const auto database = holder_.get();
        return database->number(database->meta(), kLogStart, 1);
    }

    std::shared_ptr<RowCache> rows_;
    DatabaseHolder holder_;
    std::mutex trimming_;
    std::atomic<Revision> log_start_;
    Listeners listeners_;
    Committer committer_;  // last: stopped first
};

}  // namespace

}  // namespace rocks

std::unique_ptr<Engine> make_rocksdb_engine(const RocksdbOptions& options) {
    return std::make_unique<rocks::RocksdbEngine>(options);
}

void tidy_rocksdb(const RocksdbOptions& options) {
    rocks::Database database(options, false);
    // The change log is read from one place on, never searched.
    for (auto* family : {database.values(), database.counters(), database.meta()})
        rocks::require(database.db().CompactRange({}, family, nullptr, nullptr), "tidy the store");
}

}  // namespace cumulet::store

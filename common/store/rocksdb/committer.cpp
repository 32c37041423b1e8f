#include "common/store/rocksdb/committer.hpp"

#include <unordered_map>
#include <unordered_set>

namespace cumulet::store::rocks {

namespace {

using Counters = std::unordered_map<std::string, std::int64_t>;
constexpr std::size_t kMostCounters = 20'000;

// What a group writes, as a write batch for RocksDB and as an overlay that later members of the group are checked
// against.
class Group {
public:
    Group(Database& database, Revision last, RowCache& rows, Counters& counters)
        : database_(database), rows_(rows), counters_(counters), before_(last), last_(last) {}

    // Adds `batch` if it holds. A batch whose check fails does not harm the others.
    CommitResult add(const Batch& batch) {
        try {
            CommitResult refused = check(batch);
            if (refused.outcome != Outcome::committed) return refused;
        } catch (const StoreError& failure) {
            return {.outcome = Outcome::failed, .error = failure.what()};
        }
        write(batch, ++last_);
        return {.outcome = Outcome::committed, .revision = last_};
    }

    Revision last() const { return last_; }
    // What the group will have changed is read anew.
    void forget_rows() {
        for (const auto& [key, revision] : revisions_) rows_.forget(key, last_);
    }
    rocksdb::WriteBatch& finish() {
        for (const auto& counter : added_to_)
            require(writes_.Put(database_.counters(), counter, to_fixed(static_cast<std::uint64_t>(value_of(counter)))),
                    "write");
        require(writes_.Put(database_.meta(), slice(kLastRevision), to_fixed(last_)), "write");
        return writes_;
    }

private:
    CommitResult check(const Batch& batch) {
        for (const auto& compare : batch.compares)
            if (revision_of(compare.key) != compare.revision) return {.outcome = Outcome::conflict, .key = compare.key};
        for (const auto& add : batch.adds)
            if (std::int64_t value = value_of(add.key); add.delta > 0 && add.max && value + add.delta > *add.max)
                return {.outcome = Outcome::over_bound, .key = add.key};
        return {};
    }
    Revision revision_of(const std::string& key) {
        if (const auto own = revisions_.find(key); own != revisions_.end()) return own->second;
        // Most of what is compared was read a moment ago.
        if (const auto known = rows_.revision_of(key, before_)) return *known;
        return database_.number(database_.values(), key, 0);
    }
    // Kept from the first look on: what write() adds to has been read before it begins.
    std::int64_t& value_of(const std::string& counter) {
        auto known = counters_.find(counter);
        if (known == counters_.end()) {
            const auto value = database_.number(database_.counters(), counter, 0);
            known = counters_.emplace(counter, static_cast<std::int64_t>(value)).first;
        }
        return known->second;
    }
    void write(const Batch& batch, Revision revision) {
        const std::string stamp = to_fixed(revision);
        for (const auto& each : batch.writes) {
            revisions_[each.key] = each.bytes ? revision : 0;
            if (!each.bytes) {
                require(writes_.Delete(database_.values(), each.key), "write");
                continue;
            }
            const rocksdb::Slice key(each.key);
            const rocksdb::Slice parts[] = {stamp, *each.bytes};
            require(writes_.Put(database_.values(), {&key, 1}, {parts, 2}), "write");
        }
        for (const auto& add : batch.adds) {
            value_of(add.key) += add.delta;
            added_to_.insert(add.key);
        }
        if (!batch.log.empty()) require(writes_.Put(database_.log(), stamp, batch.log), "write");
    }

    Database& database_;
    RowCache& rows_;
    Counters& counters_;
    const Revision before_;
    Revision last_;
    rocksdb::WriteBatch writes_;
    std::unordered_map<std::string, Revision> revisions_;
    std::unordered_set<std::string> added_to_;
};

std::size_t size_of(const Batch& batch) {
    std::size_t size = batch.log.size();
    for (const auto& write : batch.writes) size += write.key.size() + (write.bytes ? write.bytes->size() : 0);
    return size;
}

// What one synced write holds at most, unless a single batch is larger.
constexpr std::size_t kMaxGroupBytes = 4u << 20;

Revision stored_revision(Database& database) { return database.number(database.meta(), kLastRevision, 0); }

}  // namespace

Committer::Committer(DatabaseHolder& holder, RowCache& rows, Listeners& listeners, const RocksdbOptions& options)
    : holder_(holder),
      rows_(rows),
      listeners_(listeners),
      options_(options),
      last_revision_(stored_revision(*holder.get())),
      thread_([this] { run(); }) {}

Committer::~Committer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Committer::submit(Request request) {
    {
        std::unique_lock lock(mutex_);
        if (waiting_.size() >= options_.max_waiting_commits) {
            lock.unlock();
            request.done({.outcome = Outcome::failed, .error = "too many commits wait for the disk"});
            return;
        }
        waiting_.push_back(std::move(request));
    }
    wake_.notify_one();
}

void Committer::run() {
    for (;;) {
        std::vector<Request> taken;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            taken.swap(waiting_);
        }
        std::vector<Request> group;
        std::size_t size = 0;
        for (auto& request : taken) {
            size += size_of(request.batch);
            if (!group.empty() && size > kMaxGroupBytes) {
                commit_group(std::exchange(group, {}));
                size = size_of(request.batch);
            }
            group.push_back(std::move(request));
        }
        commit_group(std::move(group));
    }
}

void Committer::commit_group(std::vector<Request> group) {
    std::vector<CommitResult> results;
    const Revision before = last_revision();
    Revision last = before;
    try {
        last = write_group(group, results);
    } catch (const StoreError& failure) {
        counters_.clear();
        results.assign(group.size(), {.outcome = Outcome::failed, .error = failure.what()});
    }
    last_revision_.store(last, std::memory_order_release);
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(results[i]));
    if (last != before) listeners_.notify(last);
}

Revision Committer::write_group(const std::vector<Request>& group, std::vector<CommitResult>& results) {
    const auto database = writable();
    // After a recovery this may be a commit whose failure was reported, but that had reached the disk.
    const Revision before = stored_revision(*database);
    if (counters_.size() > kMostCounters) counters_.clear();
    Group written(*database, before, rows_, counters_);
    for (const auto& request : group) results.push_back(written.add(request.batch));
    if (written.last() == before) return before;
    written.forget_rows();
    rocksdb::WriteOptions options;
    options.sync = options_.sync;
    const auto status = database->db().Write(options, &written.finish());
    write_failed_ = !status.ok();
    require(status, "write");
    return written.last();
}

std::shared_ptr<Database> Committer::writable() {
    std::error_code error;
    const auto space = std::filesystem::space(options_.folder, error);
    if (!error && space.available < options_.min_free_bytes) throw StoreError("the disk of the store is full");
    if (write_failed_) holder_.reopen();
    write_failed_ = false;
    return holder_.get();
}

}  // namespace cumulet::store::rocks

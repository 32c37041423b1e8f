// The engine of unit tests and simulations: ordered maps that keep the versions which open snapshots still need.
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "common/store/engine.hpp"
#include "common/store/listeners.hpp"

namespace cumulet::store {

namespace {

// Not locked: the engine's mutex guards it.
template <class T>
class VersionedMap {
public:
    struct Version {
        Revision revision;
        std::optional<T> value;
    };

    // The newest version at or below `at` that is a value.
    const Version* find(std::string_view key, Revision at) const {
        auto found = versions_.find(key);
        return found == versions_.end() ? nullptr : visible(found->second, at);
    }

    void put(std::string_view key, Revision revision, std::optional<T> value) {
        auto found = versions_.find(key);
        if (found == versions_.end()) {
            if (!value) return;
            found = versions_.emplace(std::string(key), Versions{}).first;
        }
        if (!found->second.empty()) superseded_.push_back({revision, found->first});
        found->second.push_back({revision, std::move(value)});
    }

    // Forgets versions that no snapshot at `oldest` or later can see.
    void prune(Revision oldest) {
        for (; !superseded_.empty() && superseded_.front().by <= oldest; superseded_.pop_front()) {
            auto found = versions_.find(superseded_.front().key);
            if (found == versions_.end()) continue;
            auto& versions = found->second;
            while (versions.size() > 1 && versions[1].revision <= oldest) versions.erase(versions.begin());
            if (versions.size() == 1 && versions.front().revision <= oldest && !versions.front().value)
                versions_.erase(found);
        }
    }

    struct Item {
        std::string key;
        Revision revision;
        T value;
    };
    // Up to `limit` visible items of the range. Moves the range behind the last one; false when the range is done.
    bool take(Range& range, Revision at, std::size_t limit, std::vector<Item>& out) const {
        auto low = versions_.lower_bound(range.begin);
        auto high = range.end.empty() ? versions_.end() : versions_.lower_bound(range.end);
        if (!range.end.empty() && range.begin >= range.end) return false;
        while (low != high) {
            auto current = range.reverse ? std::prev(high) : low;
            if (const auto* version = visible(current->second, at)) {
                if (out.size() == limit) {
                    if (range.reverse)
                        range.end = out.back().key;
                    else
                        range.begin = out.back().key + '\0';
                    return true;
                }
                out.push_back({current->first, version->revision, *version->value});
            }
            range.reverse ? high = current : ++low;
        }
        return false;
    }

private:
    using Versions = std::deque<Version>;
    struct Superseded {
        Revision by;
        std::string key;
    };

    static const Version* visible(const Versions& versions, Revision at) {
        for (auto version = versions.rbegin(); version != versions.rend(); ++version)
            if (version->revision <= at) return version->value ? &*version : nullptr;
        return nullptr;
    }

    std::map<std::string, Versions, std::less<>> versions_;
    std::deque<Superseded> superseded_;
};

using Bytes = std::shared_ptr<const std::string>;

struct Space {
    std::mutex mutex;
    Revision last = 0;
    VersionedMap<Bytes> values;
    VersionedMap<std::int64_t> counters;
    std::multiset<Revision> open_snapshots;
    std::map<Revision, std::string> log;
    Revision log_start = 1;

    void prune() {
        const Revision oldest = open_snapshots.empty() ? last : *open_snapshots.begin();
        values.prune(oldest);
        counters.prune(oldest);
    }
};

class MemorySnapshot final : public Snapshot {
public:
    explicit MemorySnapshot(std::shared_ptr<Space> space) : space_(std::move(space)) {
        std::lock_guard lock(space_->mutex);
        revision_ = space_->last;
        space_->open_snapshots.insert(revision_);
    }
    ~MemorySnapshot() override {
        std::lock_guard lock(space_->mutex);
        space_->open_snapshots.erase(space_->open_snapshots.find(revision_));
        space_->prune();
    }

    Revision revision() const override { return revision_; }

    std::optional<Value> get(std::string_view key) override {
        std::lock_guard lock(space_->mutex);
        const auto* version = space_->values.find(key, revision_);
        if (!version) return std::nullopt;
        return Value{**version->value, version->revision};
    }

    std::int64_t counter(std::string_view key) override {
        std::lock_guard lock(space_->mutex);
        const auto* version = space_->counters.find(key, revision_);
        return version ? *version->value : 0;
    }

    void scan(const Range& range, const Visit& visit) override {
        walk(space_->values, range, [&](const auto& item) { return visit(item.key, *item.value, item.revision); });
    }

    void scan_counters(const Range& range,
                       const std::function<bool(std::string_view key, std::int64_t value)>& visit) override {
        walk(space_->counters, range, [&](const auto& item) { return visit(item.key, item.value); });
    }

private:
    // Visits without the lock, in chunks: what is visited may commit.
    template <class T, class Visitor>
    void walk(const VersionedMap<T>& map, Range range, const Visitor& visit) {
        std::size_t chunk = 4;
        for (bool more = true; more; chunk = std::min<std::size_t>(chunk * 4, 256)) {
            std::vector<typename VersionedMap<T>::Item> items;
            {
                std::lock_guard lock(space_->mutex);
                more = map.take(range, revision_, chunk, items);
            }
            for (const auto& item : items)
                if (!visit(item)) return;
        }
    }

    std::shared_ptr<Space> space_;
    Revision revision_ = 0;
};

class MemoryEngine final : public Engine {
public:
    std::unique_ptr<Snapshot> snapshot() override { return std::make_unique<MemorySnapshot>(space_); }

    void commit(Batch batch, std::function<void(CommitResult)> done) override {
        CommitResult result;
        {
            std::lock_guard lock(space_->mutex);
            result = apply(batch);
        }
        const bool committed = result.outcome == Outcome::committed;
        const Revision revision = result.revision;
        done(std::move(result));
        if (committed) listeners_.notify(revision);
    }

    Revision last_revision() override {
        std::lock_guard lock(space_->mutex);
        return space_->last;
    }

    std::vector<LogEntry> read_log(Revision after, std::size_t limit) override {
        std::lock_guard lock(space_->mutex);
        if (after + 1 < space_->log_start)
            throw StoreError("the change log begins at revision " + std::to_string(space_->log_start));
        std::vector<LogEntry> entries;
        for (auto entry = space_->log.upper_bound(after); entry != space_->log.end() && entries.size() < limit; ++entry)
            entries.push_back({entry->first, entry->second});
        return entries;
    }

    Revision first_log_revision() override {
        std::lock_guard lock(space_->mutex);
        return space_->log_start;
    }

    void trim_log(Revision before) override {
        std::lock_guard lock(space_->mutex);
        before = std::min(before, space_->last + 1);
        space_->log_start = std::max(space_->log_start, before);
        space_->log.erase(space_->log.begin(), space_->log.lower_bound(before));
    }

    std::unique_ptr<CommitListener> listen(std::function<void(Revision)> on_commit) override {
        return listeners_.add(std::move(on_commit));
    }

    void backup(const std::filesystem::path&) override { throw StoreError("a store in memory cannot be backed up"); }

private:
    CommitResult apply(const Batch& batch) {
        auto& space = *space_;
        for (const auto& compare : batch.compares) {
            const auto* version = space.values.find(compare.key, space.last);
            if ((version ? version->revision : 0) != compare.revision) return refused(Outcome::conflict, compare.key);
        }
        for (const auto& add : batch.adds)
            if (add.delta > 0 && add.max && value_of(add.key) + add.delta > *add.max)
                return refused(Outcome::over_bound, add.key);
        const Revision revision = ++space.last;
        for (const auto& write : batch.writes)
            space.values.put(
                write.key, revision,
                write.bytes ? std::optional(std::make_shared<const std::string>(*write.bytes)) : std::nullopt);
        for (const auto& add : batch.adds) space.counters.put(add.key, revision, value_of(add.key) + add.delta);
        if (!batch.log.empty()) space.log.emplace(revision, batch.log);
        space.prune();
        return {.outcome = Outcome::committed, .revision = revision};
    }
    static CommitResult refused(Outcome outcome, const std::string& key) { return {.outcome = outcome, .key = key}; }
    std::int64_t value_of(std::string_view counter) const {
        const auto* version = space_->counters.find(counter, space_->last);
        return version ? *version->value : 0;
    }

    std::shared_ptr<Space> space_ = std::make_shared<Space>();
    Listeners listeners_;
};

}  // namespace

std::unique_ptr<Engine> make_memory_engine() { return std::make_unique<MemoryEngine>(); }

}  // namespace cumulet::store

#include "common/store/rocksdb/snapshot.hpp"

namespace cumulet::store::rocks {

namespace {

class RocksdbSnapshot final : public Snapshot {
public:
    RocksdbSnapshot(std::shared_ptr<Database> database, std::shared_ptr<RowCache> rows, Revision seen)
        : database_(std::move(database)), taken_(database_->db().GetSnapshot()), rows_(std::move(rows)), seen_(seen) {
        options_.snapshot = taken_;
    }
    ~RocksdbSnapshot() override { database_->db().ReleaseSnapshot(taken_); }

    Revision revision() const override { return database_->number(database_->meta(), kLastRevision, 0, options_); }

    std::optional<Value> get(std::string_view key) override {
        std::optional<Value> value;
        if (rows_->get(key, seen_, value)) return value;
        rocksdb::PinnableSlice found;
        const auto status = database_->db().Get(options_, database_->values(), slice(key), &found);
        if (!status.IsNotFound()) {
            require(status, "read");
            const Revision revision = from_fixed(view(found));
            value = Value{std::string(view(found).substr(8)), revision};
        }
        rows_->put(key, seen_, value);
        return value;
    }

    std::int64_t counter(std::string_view key) override {
        return static_cast<std::int64_t>(database_->number(database_->counters(), key, 0, options_));
    }

    void scan(const Range& range, const Visit& visit) override {
        walk(database_->values(), range, [&](std::string_view key, std::string_view stored) {
            const Revision revision = from_fixed(stored);
            return visit(key, stored.substr(8), revision);
        });
    }

    void scan_counters(const Range& range,
                       const std::function<bool(std::string_view key, std::int64_t value)>& visit) override {
        walk(database_->counters(), range, [&](std::string_view key, std::string_view stored) {
            return visit(key, static_cast<std::int64_t>(from_fixed(stored)));
        });
    }

private:
    template <class Visitor>
    void walk(rocksdb::ColumnFamilyHandle* family, const Range& range, const Visitor& visit) {
        if (!range.end.empty() && range.begin >= range.end) return;
        const rocksdb::Slice lower = slice(range.begin), upper = slice(range.end);
        auto options = options_;
        options.iterate_lower_bound = &lower;
        if (!range.end.empty()) options.iterate_upper_bound = &upper;
        std::unique_ptr<rocksdb::Iterator> at(database_->db().NewIterator(options, family));
        range.reverse ? at->SeekToLast() : at->SeekToFirst();
        while (at->Valid() && visit(view(at->key()), view(at->value()))) range.reverse ? at->Prev() : at->Next();
        require(at->status(), "read");
    }

    std::shared_ptr<Database> database_;
    const rocksdb::Snapshot* taken_;
    std::shared_ptr<RowCache> rows_;
    const Revision seen_;
    rocksdb::ReadOptions options_;
};

}  // namespace

std::unique_ptr<Snapshot> take_snapshot(std::shared_ptr<Database> database, std::shared_ptr<RowCache> rows,
                                        Revision seen) {
    return std::make_unique<RocksdbSnapshot>(std::move(database), std::move(rows), seen);
}

}  // namespace cumulet::store::rocks

// Puts what was read into our store, in commits of some hundred rows, and counts what happened.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::identity::keystone_import {

struct Tally {
    std::size_t created = 0, changed = 0, unchanged = 0;
};

struct Report {
    std::map<std::string, Tally> by_collection;
    std::map<std::string, std::vector<std::string>> skipped;  // why -> what
    bool dry_run = false;
};

// One thread.
class Writer {
public:
    Writer(store::Engine& engine, const Clock& clock, bool dry_run)
        : engine_(engine), clock_(clock), report_{.by_collection = {}, .skipped = {}, .dry_run = dry_run} {}

    // The row in the store with this one's key.
    template <store::Record R>
    std::optional<R> find(const R& record) {
        return store::Describe<R>::key.apply(
            [&](auto... members) { return transaction().template peek<R>(record.*members...); });
    }
    // Repeating it changes nothing. A row whose unique parts another row has is skipped and reported.
    template <store::Record R>
    void put(const R& record, const std::string& name) {
        const auto before = find(record);
        auto& tally = report_.by_collection[std::string(store::Describe<R>::collection)];
        if (before && store::encode_row(*before) == store::encode_row(record)) {
            ++tally.unchanged;
            return;
        }
        try {
            transaction().put(record, "imported");
        } catch (const store::UniqueViolation&) {
            skip("its name is taken by another", std::string(store::Describe<R>::collection) + " " + name);
            return;
        }
        ++(before ? tally.changed : tally.created);
        if (++waiting_ >= kAtOnce) flush();
    }
    void skip(const std::string& why, const std::string& what) { report_.skipped[why].push_back(what); }
    // Commits what waits. Throws store::StoreError.
    void flush();
    Timestamp now() const { return clock_.now(); }
    const Report& report() const { return report_; }

private:
    static constexpr std::size_t kAtOnce = 500;
    store::Transaction& transaction();

    store::Engine& engine_;
    const Clock& clock_;
    Report report_;
    std::optional<store::Transaction> transaction_;
    std::size_t waiting_ = 0;
};

}  // namespace cumulet::identity::keystone_import

#include "objectstore/swift/expirer.hpp"

#include "common/runtime/log.hpp"
#include "objectstore/model/locked.hpp"
#include "objectstore/model/versions.hpp"

namespace cumulet::objectstore::swift {

namespace {

constexpr std::size_t kAtOnce = 500;

// Both the current ones and the versions.
std::vector<Object> expired_objects(const Swift& swift, Timestamp now) {
    std::vector<Object> found;
    store::Transaction txn(swift.store, {});
    const auto take = [&](Object&& object) {
        if (!object.expired(now)) return false;
        found.push_back(std::move(object));
        return true;
    };
    txn.visit<Object>({.index = "expiry", .limit = kAtOnce}, take);
    txn.visit<Version>({.index = "expiry", .limit = kAtOnce},
                       [&](Version&& version) { return take(std::move(version.object)); });
    return found;
}

// What is locked does not expire: its date is forgotten.
void keep(store::Transaction& txn, FoundVersion version) {
    version.object.delete_at.reset();
    if (version.is_current)
        txn.put(version.object, "kept");
    else
        txn.put(Version{version.object, version.delete_marker}, "kept");
    txn.without_log();
}

// Exactly what expired: no delete marker is written, and no older version comes back.
bool remove_one(const Swift& swift, const Object& expired, Timestamp now) {
    std::optional<Blob> blob;
    bool gone = false;
    store::transact(swift.store, {.time = now, .operation = "expire"}, [&](store::Transaction& txn) {
        blob.reset();
        gone = false;
        const auto container = txn.get<Container>(expired.account, expired.container);
        if (!container) return;
        const auto made = expired.made_at == Timestamp{} ? expired.modified_at : expired.made_at;
        const auto version = find_version(txn, *container, expired.name, made);
        if (!version || !version->object.expired(now)) return;
        gone = true;
        // Of what has an id only the name ends; its bytes stay among the versions.
        if (version->object.versioned && version->is_current)
            retire_current(txn, version->object);
        else if (is_locked(version->object, now))
            keep(txn, *version);
        else
            blob = erase_version(txn, swift.engine, *version, After::nothing, "expired");
    });
    if (blob) swift.engine.discard(*blob);
    return gone;
}

}  // namespace

std::size_t remove_expired(const Swift& swift, Timestamp now) {
    std::size_t gone = 0;
    for (;;) {
        const auto found = expired_objects(swift, now);
        for (const auto& each : found)
            if (remove_one(swift, each, now)) ++gone;
        if (found.size() < kAtOnce) return gone;
    }
}

Expirer::Expirer(const Swift& swift, std::chrono::milliseconds pause)
    : rounds_("expirer", pause, [&swift] {
          if (const auto gone = remove_expired(swift, swift.clock.now()); gone > 0)
              log::info("{} expired objects removed", gone);
      }) {}

}  // namespace cumulet::objectstore::swift

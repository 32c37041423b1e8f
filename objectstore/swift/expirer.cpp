#include "objectstore/swift/expirer.hpp"

#include "common/runtime/log.hpp"
#include "objectstore/model/space.hpp"

namespace cumulet::objectstore::swift {

namespace {

constexpr std::size_t kAtOnce = 500;

std::vector<Object> expired_objects(const Swift& swift, Timestamp now) {
    std::vector<Object> found;
    store::Transaction txn(swift.store, {});
    txn.visit<Object>({.index = "expiry", .limit = kAtOnce}, [&](Object&& object) {
        if (!object.expired(now)) return false;
        found.push_back(std::move(object));
        return true;
    });
    return found;
}

}  // namespace

std::size_t remove_expired(const Swift& swift, Timestamp now) {
    std::size_t gone = 0;
    for (;;) {
        const auto found = expired_objects(swift, now);
        for (const auto& each : found) {
            std::optional<Blob> blob;
            store::transact(swift.store, {.time = now, .operation = "expire"}, [&](store::Transaction& txn) {
                blob.reset();
                const auto object = txn.get<Object>(each.account, each.container, each.name);
                if (!object || !object->expired(now)) return;
                blob = object->blob;
                erase_object(txn, swift.engine, *object, "expired");
            });
            if (!blob) continue;
            swift.engine.discard(*blob);
            ++gone;
        }
        if (found.size() < kAtOnce) return gone;
    }
}

Expirer::Expirer(const Swift& swift, std::chrono::milliseconds pause)
    : rounds_("expirer", pause, [&swift] {
          if (const auto gone = remove_expired(swift, swift.clock.now()); gone > 0)
              log::info("{} expired objects removed", gone);
      }) {}

}  // namespace cumulet::objectstore::swift

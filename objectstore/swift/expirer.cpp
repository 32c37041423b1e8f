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
    : swift_(swift), pause_(pause), thread_([this] { run(); }) {}

Expirer::~Expirer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
}

void Expirer::run() {
    std::unique_lock lock(mutex_);
    while (!woken_.wait_for(lock, pause_, [this] { return stopping_; })) {
        lock.unlock();
        try {
            if (const auto gone = remove_expired(swift_, swift_.clock.now()); gone > 0)
                log::info("{} expired objects removed", gone);
        } catch (const std::exception& error) {
            log::error("expirer: {}", error.what());
        }
        lock.lock();
    }
}

}  // namespace cumulet::objectstore::swift

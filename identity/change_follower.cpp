#include "identity/change_follower.hpp"

#include "common/runtime/log.hpp"

namespace cumulet::identity {
namespace {
constexpr std::size_t kEntriesAtOnce = 500;
}

ChangeFollower::ChangeFollower(store::Engine& engine, std::vector<ChangeReader> readers)
    : engine_(engine), readers_(std::move(readers)), position_(engine.last_revision()) {
    thread_ = std::thread([this] { run(); });
    listener_ = engine_.listen([this](store::Revision) {
        {
            std::lock_guard lock(mutex_);
            news_ = true;
        }
        woken_.notify_one();
    });
}

ChangeFollower::~ChangeFollower() {
    listener_.reset();
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
}

void ChangeFollower::catch_up() {
    if (engine_.last_revision() == position_.load(std::memory_order_acquire)) return;
    std::lock_guard lock(reading_);
    read_on();
}

void ChangeFollower::read_on() {
    const auto until = engine_.last_revision();
    while (position_.load() < until) {
        std::vector<store::ChangeEntry> entries;
        try {
            entries = store::read_changes(engine_, position_.load(), kEntriesAtOnce);
        } catch (const store::StoreError&) {
            for (const auto& reader : readers_) reader.on_gap();
            position_ = until;
            return;
        }
        for (const auto& entry : entries) {
            for (const auto& reader : readers_) reader.on_change(entry);
            position_.store(entry.revision, std::memory_order_release);
        }
        // Commits without an entry move the revision too.
        if (entries.size() < kEntriesAtOnce && position_.load() < until)
            position_.store(until, std::memory_order_release);
    }
}

void ChangeFollower::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            woken_.wait(lock, [this] { return news_ || stopping_; });
            if (stopping_) return;
            news_ = false;
        }
        try {
            catch_up();
        } catch (const std::exception& error) {
            log::error("reading the change log failed: {}", error.what());
        }
    }
}

}  // namespace cumulet::identity

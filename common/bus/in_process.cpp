#include <algorithm>
#include <stdexcept>

#include "common/bus/slot.hpp"
#include "common/bus/subject.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::bus {
namespace {

struct Subscribers {
    struct Entry {
        std::string pattern;
        std::shared_ptr<Slot> slot;
    };
    std::mutex mutex;
    std::vector<Entry> entries;
};

class InProcessSubscription final : public Subscription {
public:
    InProcessSubscription(std::shared_ptr<Subscribers> subscribers, std::shared_ptr<Slot> slot)
        : subscribers_(std::move(subscribers)), slot_(std::move(slot)) {}
    ~InProcessSubscription() override {
        {
            const std::lock_guard lock(subscribers_->mutex);
            std::erase_if(subscribers_->entries, [&](const auto& entry) { return entry.slot == slot_; });
        }
        slot_->close();
    }

private:
    std::shared_ptr<Subscribers> subscribers_;
    std::shared_ptr<Slot> slot_;
};

class InProcessBus final : public Bus {
public:
    void publish(std::string_view subject, std::string_view payload) override {
        if (!is_subject(subject) || payload.size() > kMaxPayloadBytes) {
            log::error("bus: hint on '{}' of {} bytes is refused", subject, payload.size());
            return;
        }
        std::vector<std::shared_ptr<Slot>> slots;
        {
            const std::lock_guard lock(subscribers_->mutex);
            for (const auto& entry : subscribers_->entries)
                if (matches(entry.pattern, subject)) slots.push_back(entry.slot);
        }
        for (const auto& slot : slots) slot->hint(subject, payload);
    }

    std::unique_ptr<Subscription> subscribe(std::string_view pattern, OnHint on_hint,
                                            std::function<void()> on_reconnect) override {
        if (!is_pattern(pattern)) throw std::invalid_argument("bus: bad pattern '" + std::string(pattern) + "'");
        auto slot = std::make_shared<Slot>(std::move(on_hint), std::move(on_reconnect));
        const std::lock_guard lock(subscribers_->mutex);
        subscribers_->entries.push_back({std::string(pattern), slot});
        return std::make_unique<InProcessSubscription>(subscribers_, std::move(slot));
    }

private:
    std::shared_ptr<Subscribers> subscribers_ = std::make_shared<Subscribers>();
};

}  // namespace

std::unique_ptr<Bus> make_in_process() { return std::make_unique<InProcessBus>(); }

}  // namespace cumulet::bus

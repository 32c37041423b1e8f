#include "common/store/listeners.hpp"

namespace cumulet::store {

namespace {

class Registration final : public CommitListener {
public:
    explicit Registration(std::shared_ptr<Listeners::Slot> slot) : slot_(std::move(slot)) {}
    ~Registration() override {
        std::lock_guard lock(slot_->running);
        slot_->open = false;
    }

private:
    std::shared_ptr<Listeners::Slot> slot_;
};

}  // namespace

std::unique_ptr<CommitListener> Listeners::add(std::function<void(Revision)> on_commit) {
    auto slot = std::make_shared<Slot>();
    slot->on_commit = std::move(on_commit);
    std::lock_guard lock(mutex_);
    std::erase_if(slots_, [](const auto& known) { return known.expired(); });
    slots_.push_back(slot);
    return std::make_unique<Registration>(std::move(slot));
}

void Listeners::notify(Revision newest) {
    std::vector<std::shared_ptr<Slot>> open;
    {
        std::lock_guard lock(mutex_);
        for (const auto& known : slots_)
            if (auto slot = known.lock()) open.push_back(std::move(slot));
    }
    for (const auto& slot : open) {
        std::lock_guard running(slot->running);
        if (slot->open) slot->on_commit(newest);
    }
}

}  // namespace cumulet::store

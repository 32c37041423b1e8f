#include "common/http/deadlines.hpp"

#include <algorithm>

namespace cumulet::http {

boost::asio::execution_context::id Deadlines::id;

namespace {
constexpr std::chrono::milliseconds kGrain{20};
}

Deadlines::Deadlines(boost::asio::execution_context& context)
    : boost::asio::execution_context::service(context), timer_(static_cast<boost::asio::io_context&>(context)) {}

Deadlines::Entry::~Entry() {
    if (owner_ == nullptr) return;
    if (previous_ != nullptr) previous_->next_ = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    if (owner_->first_ == this) owner_->first_ = next_;
}

void Deadlines::Entry::watch(Deadlines& deadlines) {
    if (owner_ != nullptr) return;
    owner_ = &deadlines;
    next_ = deadlines.first_;
    if (next_ != nullptr) next_->previous_ = this;
    deadlines.first_ = this;
}

void Deadlines::Entry::arm(std::chrono::milliseconds after) {
    deadline_ = std::chrono::steady_clock::now() + after;
    if (deadline_ < owner_->next_sweep_) owner_->wake_at(deadline_);
}

void Deadlines::wake_at(Time time) {
    next_sweep_ = time;
    timer_.expires_at(time);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) sweep();
    });
}

void Deadlines::sweep() {
    const auto now = std::chrono::steady_clock::now();
    auto soonest = Time::max();
    for (auto* entry = first_; entry != nullptr; entry = entry->next_) {
        if (entry->deadline_ <= now) {
            entry->disarm();
            entry->on_deadline();
        }
        soonest = std::min(soonest, entry->deadline_);
    }
    next_sweep_ = Time::max();
    if (soonest != Time::max()) wake_at(std::max(soonest, now + kGrain));
}

}  // namespace cumulet::http

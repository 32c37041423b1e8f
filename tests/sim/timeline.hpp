// Virtual time: events in order, the clock jumps from one to the next.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"

namespace cumulet::sim {

class Timeline {
public:
    explicit Timeline(std::uint64_t seed) : random_(seed) {}

    Clock& clock() { return clock_; }
    Random& random() { return random_; }
    Timestamp now() const { return clock_.now(); }

    void at(Timestamp when, std::function<void()> event) {
        events_.emplace(std::pair{std::max(when, now()), ++sequence_}, std::move(event));
    }
    void after(Duration delay, std::function<void()> event) { at(now() + delay, std::move(event)); }

    // Runs events until `end`; the clock stands there afterwards.
    void run_until(Timestamp end) {
        while (!events_.empty() && events_.begin()->first.first <= end) {
            auto next = events_.extract(events_.begin());
            clock_.set(next.key().first);
            next.mapped()();
        }
        clock_.set(end);
    }

    bool chance(double probability) { return static_cast<double>(random_.below(1'000'000)) < probability * 1'000'000; }
    Duration between(Duration least, Duration most) {
        return least + Duration(static_cast<Duration::rep>(
                           random_.below(static_cast<std::uint64_t>((most - least).count()) + 1)));
    }

private:
    ManualClock clock_;
    SeededRandom random_;
    std::uint64_t sequence_ = 0;
    std::map<std::pair<Timestamp, std::uint64_t>, std::function<void()>> events_;
};

}  // namespace cumulet::sim

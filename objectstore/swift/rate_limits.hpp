// How fast accounts and containers may be asked: who is too fast waits, and who would have to wait too long is refused.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "objectstore/swift/call.hpp"
#include "objectstore/swift/settings.hpp"

namespace cumulet::objectstore::swift {

// Requests a second at `objects` objects; 0: without limit.
double rate_at(const std::vector<RateStep>& steps, std::uint64_t objects);

// When the next request of each kind may go. Any thread.
class RateLimits {
public:
    // How long a request must wait; nullopt: longer than `longest`, and it does not count.
    std::optional<Duration> reserve(const std::string& key, double rate, Timestamp now, Duration longest);

private:
    void forget_old(Timestamp now);

    std::mutex mutex_;
    std::map<std::string, Timestamp> next_;
};

// Waits as long as the request has to. Throws OtherAnswer: 498 when that is too long, 497 for a refused account.
http::Task<void> wait_for_turn(const SwiftCall& call);

}  // namespace cumulet::objectstore::swift

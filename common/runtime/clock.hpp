// Time as the rest of the system sees it: injected, so that tests and simulations decide what time it is.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cumulet {

// Wall-clock time, UTC, in microseconds: the precision that OpenStack's documents show.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

class Clock {
public:
    virtual ~Clock() = default;
    // Any thread.
    virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
public:
    Timestamp now() const override;
};

// Stands still until moved. Any thread.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Timestamp start = Timestamp{std::chrono::seconds{1'700'000'000}}) : now_(start) {}
    Timestamp now() const override;
    void advance(Duration by);
    void set(Timestamp to);

private:
    mutable std::mutex mutex_;
    Timestamp now_;
};

// "2026-11-22T02:48:12Z": Nova, Neutron, Glance.
std::string to_iso_seconds(Timestamp time);
// "2026-11-22T02:48:12.000000Z": Keystone.
std::string to_iso_micros(Timestamp time);
// "2026-11-22T02:48:12.000000": fields that Nova prints without a zone.
std::string to_iso_naive(Timestamp time);
// "Sun, 22 Nov 2026 02:48:12 GMT": HTTP (RFC 9110, 5.6.7).
std::string to_http_date(Timestamp time);
// Reads any of the ISO forms above, with or without fraction and zone (Z or an offset). nullopt when it is none.
std::optional<Timestamp> parse_iso(std::string_view text);
// Reads the HTTP date form. nullopt when it is none.
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace cumulet

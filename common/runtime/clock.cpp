#include "common/runtime/clock.hpp"

#include <fmt/format.h>

#include <array>

namespace cumulet {

namespace {

using namespace std::chrono;

struct Parts {
    year_month_day date;
    hh_mm_ss<microseconds> time;
};

Parts split(Timestamp time) {
    const auto day = floor<days>(time);
    return {year_month_day{day}, hh_mm_ss<microseconds>{time - day}};
}

std::string date_and_time(const Parts& parts) {
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(parts.date.year()),
                       static_cast<unsigned>(parts.date.month()), static_cast<unsigned>(parts.date.day()),
                       parts.time.hours().count(), parts.time.minutes().count(), parts.time.seconds().count());
}

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a text apart from its front; anything unexpected makes it fail for good.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool failed() const { return failed_; }
    bool done() const { return !failed_ && rest_.empty(); }
    char front() const { return rest_.empty() ? '\0' : rest_.front(); }

    int digits(std::size_t count) {
        int value = 0;
        for (; count > 0; --count) {
            if (front() < '0' || front() > '9') {
                failed_ = true;
                return 0;
            }
            value = value * 10 + (front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }
    bool take_if(char c) {
        if (front() != c || rest_.empty()) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void take(std::string_view expected) {
        if (!rest_.starts_with(expected)) {
            failed_ = true;
            return;
        }
        rest_.remove_prefix(expected.size());
    }
    template <std::size_t N>
    unsigned one_of(const std::array<std::string_view, N>& names) {
        for (unsigned i = 0; i < N; ++i)
            if (rest_.starts_with(names[i])) {
                rest_.remove_prefix(names[i].size());
                return i;
            }
        failed_ = true;
        return 0;
    }
    // Digits after the point of a second, as microseconds; further digits are dropped.
    microseconds fraction() {
        int value = digits(1), taken = 1;
        for (; !failed_ && front() >= '0' && front() <= '9'; ++taken) {
            const int digit = digits(1);
            if (taken < 6) value = value * 10 + digit;
        }
        for (; taken < 6; ++taken) value *= 10;
        return microseconds{value};
    }

private:
    std::string_view rest_;
    bool failed_ = false;
};

std::optional<Timestamp> assemble(year_month_day date, int hour, int minute, int second) {
    // A leap second is read as the second after it.
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return Timestamp{sys_days{date}} + hours{hour} + minutes{minute} + seconds{second};
}

}  // namespace

Timestamp SystemClock::now() const { return floor<microseconds>(system_clock::now()); }

Timestamp ManualClock::now() const {
    std::lock_guard lock(mutex_);
    return now_;
}
void ManualClock::advance(Duration by) {
    std::lock_guard lock(mutex_);
    now_ += by;
}
void ManualClock::set(Timestamp to) {
    std::lock_guard lock(mutex_);
    now_ = to;
}

std::string to_iso_seconds(Timestamp time) { return date_and_time(split(time)) + "Z"; }

std::string to_iso_naive(Timestamp time) {
    const auto parts = split(time);
    return date_and_time(parts) + fmt::format(".{:06}", parts.time.subseconds().count());
}

std::string to_iso_micros(Timestamp time) { return to_iso_naive(time) + "Z"; }

std::string to_http_date(Timestamp time) {
    const auto parts = split(time);
    const weekday day{sys_days{parts.date}};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[day.c_encoding()],
                       static_cast<unsigned>(parts.date.day()), kMonths[static_cast<unsigned>(parts.date.month()) - 1],
                       static_cast<int>(parts.date.year()), parts.time.hours().count(), parts.time.minutes().count(),
                       parts.time.seconds().count());
}

std::optional<Timestamp> parse_iso(std::string_view text) {
    Reader in(text);
    const year years{in.digits(4)};
    in.take("-");
    const month months{static_cast<unsigned>(in.digits(2))};
    in.take("-");
    const day days{static_cast<unsigned>(in.digits(2))};
    if (!in.take_if('T')) in.take(" ");
    const int hour = in.digits(2);
    in.take(":");
    const int minute = in.digits(2);
    int second = 0;
    if (in.take_if(':')) second = in.digits(2);
    microseconds fraction{0};
    if (in.take_if('.')) fraction = in.fraction();
    minutes offset{0};
    if (const char sign = in.front(); sign == '+' || sign == '-') {
        in.take_if(sign);
        offset = hours{in.digits(2)};
        in.take_if(':');
        offset += minutes{in.digits(2)};
        if (sign == '-') offset = -offset;
    } else {
        in.take_if('Z');
    }
    if (!in.done()) return std::nullopt;
    const auto local = assemble(year_month_day{years, months, days}, hour, minute, second);
    if (!local) return std::nullopt;
    return *local + fraction - offset;
}

namespace {

struct TimeOfDay {
    int hour = 0, minute = 0, second = 0;
};
TimeOfDay time_of_day(Reader& in) {
    TimeOfDay time;
    time.hour = in.digits(2);
    in.take(":");
    time.minute = in.digits(2);
    in.take(":");
    time.second = in.digits(2);
    return time;
}

// "Sunday, 06-Nov-94 08:49:37 GMT": what HTTP/1.0 sent. Years from 69 on are of the century before.
std::optional<Timestamp> parse_rfc850_date(std::string_view text) {
    const auto comma = text.find(", ");
    if (comma == std::string_view::npos || comma < 6) return std::nullopt;
    Reader in(text);
    in.one_of(kDays);
    if (in.failed()) return std::nullopt;
    Reader rest(text.substr(comma + 2));
    const day days{static_cast<unsigned>(rest.digits(2))};
    rest.take("-");
    const month months{rest.one_of(kMonths) + 1};
    rest.take("-");
    const int short_year = rest.digits(2);
    rest.take(" ");
    const auto time = time_of_day(rest);
    rest.take(" GMT");
    if (!rest.done()) return std::nullopt;
    const year years{short_year + (short_year < 69 ? 2000 : 1900)};
    return assemble(year_month_day{years, months, days}, time.hour, time.minute, time.second);
}

// "Sun Nov  6 08:49:37 1994": C's asctime().
std::optional<Timestamp> parse_asctime(std::string_view text) {
    Reader in(text);
    in.one_of(kDays);
    in.take(" ");
    const month months{in.one_of(kMonths) + 1};
    in.take(" ");
    const day days{static_cast<unsigned>(in.digits(in.take_if(' ') ? 1 : 2))};
    in.take(" ");
    const auto time = time_of_day(in);
    in.take(" ");
    const year years{in.digits(4)};
    if (!in.done()) return std::nullopt;
    return assemble(year_month_day{years, months, days}, time.hour, time.minute, time.second);
}

}  // namespace

std::optional<Timestamp> parse_http_date(std::string_view text) {
    // Readers must take the two old forms as well (RFC 9110, 5.6.7).
    if (const auto old = parse_asctime(text)) return old;
    if (const auto old = parse_rfc850_date(text)) return old;
    Reader in(text);
    in.one_of(kDays);
    in.take(", ");
    const day days{static_cast<unsigned>(in.digits(2))};
    in.take(" ");
    const month months{in.one_of(kMonths) + 1};
    in.take(" ");
    const year years{in.digits(4)};
    in.take(" ");
    const int hour = in.digits(2);
    in.take(":");
    const int minute = in.digits(2);
    in.take(":");
    const int second = in.digits(2);
    in.take(" GMT");
    if (!in.done()) return std::nullopt;
    return assemble(year_month_day{years, months, days}, hour, minute, second);
}

}  // namespace cumulet

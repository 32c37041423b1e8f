#include <catch2/catch.hpp>

#include "common/runtime/clock.hpp"

using namespace cumulet;
using namespace std::chrono;

namespace {
constexpr Timestamp kMoment = sys_days{2026y / 11 / 22} + 2h + 48min + 12s + 34567us;
constexpr Timestamp kWholeSecond = sys_days{2026y / 11 / 22} + 2h + 48min + 12s;
}  // namespace

TEST_CASE("a time is printed in each of its forms") {
    REQUIRE(to_iso_seconds(kMoment) == "2026-11-22T02:48:12Z");
    REQUIRE(to_iso_micros(kMoment) == "2026-11-22T02:48:12.034567Z");
    REQUIRE(to_iso_naive(kMoment) == "2026-11-22T02:48:12.034567");
    REQUIRE(to_http_date(kMoment) == "Sun, 22 Nov 2026 02:48:12 GMT");
    REQUIRE(to_iso_micros(Timestamp{-1us}) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("every printed form is read back") {
    REQUIRE(parse_iso(to_iso_seconds(kMoment)) == kWholeSecond);
    REQUIRE(parse_iso(to_iso_micros(kMoment)) == kMoment);
    REQUIRE(parse_iso(to_iso_naive(kMoment)) == kMoment);
    REQUIRE(parse_http_date(to_http_date(kMoment)) == kWholeSecond);
    REQUIRE(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    REQUIRE(parse_http_date("Sun Nov  6 08:49:37 1994") == parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    REQUIRE(parse_http_date("Tue Nov 16 08:49:37 2021") == parse_http_date("Tuesday, 16-Nov-21 08:49:37 GMT"));
}

TEST_CASE("ISO times with offsets, short fractions and a blank are read") {
    REQUIRE(parse_iso("2026-11-22T03:48:12+01:00") == kWholeSecond);
    REQUIRE(parse_iso("2026-11-21T21:18:12-0530") == kWholeSecond);
    REQUIRE(parse_iso("2026-11-22 02:48:12.5") == kWholeSecond + 500ms);
    REQUIRE(parse_iso("2026-11-22T02:48:12.1234567Z") == kWholeSecond + 123456us);
    REQUIRE(parse_iso("2026-11-22T02:48Z") == sys_days{2026y / 11 / 22} + 2h + 48min);
}

TEST_CASE("what is no time is refused") {
    for (const char* text :
         {"", "2026", "2026-11-22", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T24:00:00Z",
          "2026-11-22T00:60:00Z", "2026-11-22T00:00:61Z", "2026-11-22T00:00:00Zx", "2026-11-22T00:00:00.Z",
          "2026-11-22T00:00:00+1", "-026-11-22T00:00:00Z", "2026-11-22T00:00:00 Z"})
        REQUIRE_FALSE(parse_iso(text));
    for (const char* text :
         {"", "Sun, 22 Nov 2026 02:48:12", "Sun, 31 Feb 2026 02:48:12 GMT", "Son, 22 Nov 2026 02:48:12 GMT"})
        REQUIRE_FALSE(parse_http_date(text));
}

TEST_CASE("a manual clock moves only when told") {
    ManualClock clock(kMoment);
    REQUIRE(clock.now() == kMoment);
    clock.advance(5s);
    REQUIRE(clock.now() == kMoment + 5s);
    clock.set(kWholeSecond);
    REQUIRE(clock.now() == kWholeSecond);
    REQUIRE(SystemClock().now() > kMoment - days{365});
}

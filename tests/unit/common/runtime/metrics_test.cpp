#include "common/runtime/metrics.hpp"

#include <catch2/catch.hpp>

using namespace cumulet::runtime;
using Catch::Matchers::Contains;

TEST_CASE("the text shows each series with its labels") {
    Metrics metrics;
    auto requests = metrics.counter("requests_total", "Requests answered.", {"endpoint", "status"});
    requests.with({"lock", "202"}).add();
    requests.with({"lock", "202"}).add(2);
    metrics.gauge("queue", "Waiting.").set(7);
    metrics.histogram("seconds", "Time.", {1, 2}).observe(1.5);
    metrics.gauge_from("answer", "Asked late.", [] { return 42.0; });
    const auto text = metrics.text();
    REQUIRE_THAT(text, Contains("# HELP requests_total Requests answered.\n# TYPE requests_total counter\n"));
    REQUIRE_THAT(text, Contains("requests_total{endpoint=\"lock\",status=\"202\"} 3\n"));
    REQUIRE_THAT(text, Contains("queue 7\n"));
    REQUIRE_THAT(text, Contains("seconds_bucket{le=\"2\"} 1\n") && Contains("seconds_bucket{le=\"1\"} 0\n"));
    REQUIRE_THAT(text, Contains("answer 42\n"));
}

TEST_CASE("a metric declared twice, or asked with the wrong labels, is a mistake in the program") {
    Metrics metrics;
    auto requests = metrics.counter("requests_total", "Requests.", {"endpoint"});
    REQUIRE_THROWS_AS(metrics.gauge("requests_total", "Again."), std::logic_error);
    REQUIRE_THROWS_AS(requests.with({}), std::logic_error);
}

TEST_CASE("label values from outside cannot grow the process without bound") {
    Metrics metrics;
    auto requests = metrics.counter("requests_total", "Requests.", {"who"});
    for (int i = 0; i < 5000; ++i) requests.with({std::to_string(i)}).add();
    REQUIRE(requests.with({"other"}).value() == 4000);
}

#include <catch2/catch.hpp>

#include "toy_service.hpp"

using namespace cumulet;
using namespace cumulet::api;
using Catch::Contains;
using M = http::Method;

namespace {

Reply nothing(Call&, store::Transaction&) { return Reply::no_content(); }

const Endpoint kGood{.method = M::get, .path = "/a", .policy = {"a", "@"}, .summary = "s", .handle = nothing};

std::string problems_of(std::vector<Endpoint> table) {
    std::string all;
    for (const auto& problem : table_problems({table})) all += problem + "\n";
    return all;
}

Endpoint with(void (*change)(Endpoint&)) {
    Endpoint endpoint = kGood;
    change(endpoint);
    return endpoint;
}

}  // namespace

TEST_CASE("a sound table has no problems") {
    REQUIRE(problems_of({kGood}).empty());
    REQUIRE(table_problems({test::kToyEndpoints}).empty());
}

TEST_CASE("each thing that a table must hold is missed") {
    REQUIRE_THAT(problems_of({with([](Endpoint& e) { e.summary = ""; })}), Contains("no summary"));
    REQUIRE_THAT(problems_of({with([](Endpoint& e) { e.handle = nullptr; })}), Contains("no handler"));
    REQUIRE_THAT(problems_of({with([](Endpoint& e) { e.policy = Policy("", ""); })}), Contains("no policy rule"));
    REQUIRE_THAT(problems_of({with([](Endpoint& e) { e.policy = Policy("a", "rule:gone"); })}), Contains("gone"));
    REQUIRE_THAT(problems_of({with([](Endpoint& e) { e.method = M::post; })}), Contains("no schema"));
    REQUIRE_THAT(problems_of({with([](Endpoint& e) { e.body = Schema{"{nonsense"}; })}), Contains("JSON Schema"));
    REQUIRE_THAT(problems_of({with([](Endpoint& e) { e.body = Schema{R"({"pattern": "^[0-9-_]$"})"}; })}),
                 Contains("JSON Schema"));
    REQUIRE_THAT(problems_of({kGood, kGood}), Contains("same calls"));
    REQUIRE_THAT(problems_of({kGood, with([](Endpoint& e) {
                                  e.path = "/b";
                                  e.policy = Policy("a", "!");
                              })}),
                 Contains("two checks"));
    REQUIRE(problems_of({with([](Endpoint& e) {
                e.method = M::post;
                e.body = kNoBody;
            })}).empty());
}

TEST_CASE("endpoints of different microversions may share a path") {
    const auto until = with([](Endpoint& e) { e.until = {2, 35}; });
    const auto since = with([](Endpoint& e) { e.since = {2, 36}; });
    REQUIRE(problems_of({until, since}).empty());
    REQUIRE_THAT(problems_of({until, kGood}), Contains("same calls"));
}

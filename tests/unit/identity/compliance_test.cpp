#include <catch2/catch.hpp>
#include <thread>

#include "cloud.hpp"
#include "identity/passwords/pattern.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const std::string kRefused = "The request you have made requires authentication.";
constexpr auto kDay = hours(24);

struct Strict : Cloud {
    const std::string user = id_of("users", "demo");

    Compliance& rules() { return settings().compliance; }
    Answer change(const std::string& from, const std::string& to) {
        return call(M::post, "/v3/users/" + user + "/password",
                    {{"user", {{"original_password", from}, {"password", to}}}});
    }
    void option(const std::string& name) {
        REQUIRE(patch("/v3/users/" + user, {{"user", {{"options", {{name, true}}}}}}).status == 200);
    }
};

}  // namespace

TEST_CASE("a user is locked out after so many wrong passwords, for so long") {
    Strict cloud;
    cloud.admin_token();
    cloud.rules().lockout_attempts = 3;
    for (int i = 0; i < 2; ++i) CHECK(cloud.login("demo", "wrong").status == 401);
    SECTION("a right password ends the count") {
        CHECK(cloud.login("demo", "demo").status == 201);
        for (int i = 0; i < 2; ++i) CHECK(cloud.login("demo", "wrong").status == 401);
        CHECK(cloud.login("demo", "demo").status == 201);
    }
    SECTION("then even the right one is refused, in the same words and at the same price") {
        CHECK(cloud.change("wrong", "other").status == 401);
        const auto before = cloud.password_computations();
        auto refused = cloud.login("demo", "demo");
        CHECK(refused.status == 401);
        CHECK(refused.message() == kRefused);
        CHECK(cloud.password_computations() == before + 1);
        CHECK(cloud.change("demo", "other").status == 401);
        SECTION("until the time is over") {
            cloud.clock.advance(minutes(31));
            CHECK(cloud.login("demo", "wrong").status == 401);
            CHECK(cloud.login("demo", "demo").status == 201);
        }
        SECTION("for ever when the time has no end") {
            cloud.rules().lockout_duration = {};
            cloud.clock.advance(kDay * 365);
            CHECK(cloud.login("demo", "demo").status == 401);
            SECTION("but for an administrator") {
                REQUIRE(cloud.patch("/v3/users/" + cloud.user, {{"user", {{"enabled", true}}}}).status == 200);
                CHECK(cloud.login("demo", "demo").status == 201);
            }
        }
        SECTION("not those who are exempt") {
            cloud.option("ignore_lockout_failure_attempts");
            CHECK(cloud.login("demo", "demo").status == 201);
        }
    }
}

TEST_CASE("guesses at the same moment do not get past the lock-out") {
    Strict cloud;
    cloud.rules().lockout_attempts = 5;
    std::atomic<int> answered = 0;
    std::vector<std::thread> guessers;
    for (int t = 0; t < 64; ++t)
        guessers.emplace_back([&, t] { answered += cloud.login("demo", "guess" + std::to_string(t)).status == 401; });
    for (auto& guesser : guessers) guesser.join();
    CHECK(answered == 64);
    CHECK(cloud.login("demo", "demo").status == 401);
    cloud.clock.advance(minutes(31));
    CHECK(cloud.login("demo", "demo").status == 201);
}

TEST_CASE("a wrong password and an unknown user leave as much behind") {
    Strict cloud;
    cloud.rules().lockout_attempts = 3;
    auto written_by = [&](const std::string& user) {
        const auto before = cloud.engine->snapshot()->revision();
        CHECK(cloud.login(user, "wrong").status == 401);
        return cloud.engine->snapshot()->revision() - before;
    };
    for (int i = 0; i < 6; ++i) {
        CHECK(written_by("demo") == 1);
        CHECK(written_by("nobody") == 1);
    }
}

TEST_CASE("passwords must look as the operator wants") {
    Strict cloud;
    cloud.rules().password_regex = R"(^(?=.*\d)(?=.*[a-zA-Z]).{7,}$)";
    cloud.rules().password_regex_description = "seven letters and digits";
    auto refused = cloud.change("demo", "short");
    CHECK(refused.status == 400);
    CHECK(refused.message() == "The password does not match the requirements: seven letters and digits.");
    CHECK(cloud.change("demo", "longer1").status == 204);
    CHECK(cloud.post("/v3/users", {{"user", {{"name", "x"}, {"password", "no"}}}}).status == 400);
    CHECK(cloud.patch("/v3/users/" + cloud.user, {{"user", {{"password", "no"}}}}).status == 400);
    const auto shown = cloud.get("/v3/domains/default/config/security_compliance");
    CHECK(shown.body["config"]["security_compliance"]["password_regex_description"] == "seven letters and digits");
    CHECK(cloud.get("/v3/domains/default/config/security_compliance/lockout_duration").status == 403);
}

TEST_CASE("an expression that never ends does not match") {
    CHECK_FALSE(passwords::matches_pattern("^(a+)+$", std::string(60, 'a') + "!"));
    CHECK(passwords::matches_pattern("^\\S+", "pässword"));
    CHECK_FALSE(passwords::matches_pattern("b", "ab"));
    CHECK_THROWS_AS(passwords::check_pattern("(("), std::invalid_argument);
}

TEST_CASE("the last passwords cannot be taken again") {
    Strict cloud;
    cloud.rules().unique_last_passwords = 2;
    CHECK(cloud.change("demo", "second").status == 204);
    auto refused = cloud.change("second", "demo");
    CHECK(refused.status == 400);
    CHECK(refused.message().find("must be unique is 2") != std::string::npos);
    CHECK(cloud.change("second", "third").status == 204);
    CHECK(cloud.change("third", "demo").status == 204);
    SECTION("an administrator may set any") {
        CHECK(cloud.patch("/v3/users/" + cloud.user, {{"user", {{"password", "third"}}}}).status == 200);
    }
}

TEST_CASE("a password has to be used for a while before its user changes it again") {
    Strict cloud;
    cloud.rules().minimum_password_age_days = 2;
    CHECK(cloud.change("demo", "second").status == 204);  // an administrator set the first
    auto refused = cloud.change("second", "third");
    CHECK(refused.status == 400);
    CHECK(refused.message().find("minimum password age") != std::string::npos);
    cloud.clock.advance(kDay * 2);
    CHECK(cloud.change("second", "third").status == 204);
}

TEST_CASE("a password that is locked is not changed by its user") {
    Strict cloud;
    cloud.option("lock_password");
    CHECK(cloud.change("demo", "other").status == 400);
    CHECK(cloud.patch("/v3/users/" + cloud.user, {{"user", {{"password", "other"}}}}).status == 200);
}

TEST_CASE("passwords end") {
    Strict cloud;
    cloud.rules().password_expires_days = 10;
    REQUIRE(cloud.change("demo", "fresh").status == 204);
    const auto end = cloud.get("/v3/users/" + cloud.user).body["user"]["password_expires_at"].get<std::string>();
    CHECK(end == "2023-11-24T22:13:20.000000Z");
    CHECK(cloud.get("/v3/users?password_expires_at=lt:2023-12-01T00:00:00Z").body["users"].size() == 1);
    CHECK(cloud.get("/v3/users?password_expires_at=gt:2023-12-01T00:00:00Z").body["users"].empty());
    CHECK(cloud.get("/v3/users?password_expires_at=eq:" + end).body["users"].size() == 1);
    CHECK(cloud.get("/v3/users?password_expires_at=neq:" + end).body["users"].empty());
    CHECK(cloud.get("/v3/users?password_expires_at=2023").status == 400);
    CHECK(cloud.login("demo", "fresh").status == 201);
    cloud.clock.advance(kDay * 10);
    SECTION("then only to be changed") {
        auto refused = cloud.login("demo", "fresh");
        CHECK(refused.status == 401);
        CHECK(refused.message() == "The password is expired and needs to be changed for user: " + cloud.user + ".");
        CHECK(cloud.login("demo", "wrong").message() == kRefused);
        CHECK(cloud.change("fresh", "fresher").status == 204);
        CHECK(cloud.login("demo", "fresher").status == 201);
    }
    SECTION("but not those of the exempt") {
        cloud.option("ignore_password_expiry");
        CHECK(cloud.login("demo", "fresh").status == 201);
    }
}

TEST_CASE("a password that somebody else set is changed on first use") {
    Strict cloud;
    cloud.rules().change_on_first_use = true;
    const std::string path = "/v3/users/" + cloud.user;
    REQUIRE(cloud.patch(path, {{"user", {{"password", "given"}}}}).status == 200);
    CHECK(cloud.login("demo", "given").status == 401);
    CHECK(cloud.change("given", "own").status == 204);
    CHECK(cloud.login("demo", "own").status == 201);
    cloud.option("ignore_change_password_upon_first_use");
    REQUIRE(cloud.patch(path, {{"user", {{"password", "given again"}}}}).status == 200);
    CHECK(cloud.login("demo", "given again").status == 201);
}

TEST_CASE("users who stay away are disabled") {
    Strict cloud;
    cloud.rules().disable_days_inactive = 30;
    const std::string path = "/v3/users/" + cloud.user;
    CHECK(cloud.login("demo", "demo").status == 201);
    cloud.clock.advance(kDay * 29);
    CHECK(cloud.login("admin", "admin").status == 201);
    CHECK(cloud.login("demo", "demo").status == 201);
    cloud.clock.advance(kDay * 20);
    CHECK(cloud.login("admin", "admin").status == 201);
    CHECK(cloud.login("demo", "demo").status == 201);
    cloud.clock.advance(kDay * 29);
    CHECK(cloud.login("admin", "admin").status == 201);
    cloud.clock.advance(kDay);
    CHECK(cloud.get(path).body["user"]["enabled"] == false);
    CHECK(cloud.login("demo", "demo").status == 401);
    SECTION("an administrator lets them in again") {
        REQUIRE(cloud.patch(path, {{"user", {{"enabled", true}}}}).body["user"]["enabled"] == true);
        CHECK(cloud.login("demo", "demo").status == 201);
    }
    SECTION("not the exempt") {
        cloud.option("ignore_user_inactivity");
        CHECK(cloud.login("demo", "demo").status == 201);
    }
}

TEST_CASE("scoped tokens are exchanged only where the operator lets them") {
    Strict cloud;
    auto exchange = [&](const std::string& token) {
        return cloud
            .call(M::post, "/v3/auth/tokens",
                  {{"auth", {{"identity", {{"methods", {"token"}}, {"token", {{"id", token}}}}}}}})
            .status;
    };
    const auto scoped = cloud.token_for("demo", project_scope("demo"));
    const auto unscoped = cloud.token_for("demo", nullptr);
    CHECK(exchange(scoped) == 201);
    cloud.settings().allow_rescope = false;
    CHECK(exchange(scoped) == 403);
    CHECK(exchange(unscoped) == 201);
}

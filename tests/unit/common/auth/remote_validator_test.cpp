#include <catch2/catch.hpp>
#include <future>

#include "common/auth/token_cache.hpp"
#include "common/auth/validator.hpp"
#include "common/bus/bus.hpp"
#include "common/http/client.hpp"
#include "fake_identity.hpp"

using namespace cumulet;
using namespace cumulet::auth;
using cumulet::auth::test::FakeIdentity;

namespace {

struct Setting {
    explicit Setting(Duration poll = std::chrono::hours(1), const std::string& password = "right")
        : identity(io), client(io, {}), bus(bus::make_in_process()) {
        RemoteOptions options{.identity_url = identity.url(), .username = "nova", .password = password};
        options.revocation_poll = poll;
        options.cache_entries = 3;
        validator = make_remote_validator(client, io, bus.get(), clock, options);
    }
    ~Setting() { io.stop(); }

    Validation ask(const std::string& token) { return start(token).get(); }
    std::future<Validation> start(const std::string& token) {
        auto promise = std::make_shared<std::promise<Validation>>();
        validator->validate(token, [promise](Validation answer) { promise->set_value(std::move(answer)); });
        return promise->get_future();
    }
    template <class Condition>
    bool eventually(Condition condition) {
        for (int i = 0; i < 1000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    ManualClock clock{*parse_iso("2023-11-14T22:30:00Z")};
    http::Io io{2};
    FakeIdentity identity;
    http::Client client;
    std::unique_ptr<bus::Bus> bus;
    std::unique_ptr<Validator> validator;
};

}  // namespace

TEST_CASE("a token is validated once with one log-in, then known") {
    Setting at;
    at.identity.know("t", "u1", "a1");
    for (int i = 0; i < 3; ++i) {
        const auto answer = at.ask("t");
        REQUIRE(answer.verdict == Verdict::valid);
        REQUIRE(answer.context->user_id == "u1");
    }
    REQUIRE(at.identity.validations == 1);
    REQUIRE(at.identity.logins == 1);
}

TEST_CASE("those who ask at the same time share one validation") {
    Setting at;
    at.identity.know("t", "u1", "a1");
    std::vector<std::future<Validation>> answers;
    for (int i = 0; i < 50; ++i) answers.push_back(at.start("t"));
    for (auto& answer : answers) REQUIRE(answer.get().verdict == Verdict::valid);
    REQUIRE(at.identity.validations == 1);
}

TEST_CASE("a refusal is believed for a short time only") {
    Setting at;
    REQUIRE(at.ask("t").verdict == Verdict::invalid);
    REQUIRE(at.ask("t").verdict == Verdict::invalid);
    REQUIRE(at.identity.validations == 1);
    at.identity.know("t", "u1", "a1");
    at.clock.advance(std::chrono::seconds(11));
    REQUIRE(at.ask("t").verdict == Verdict::valid);
}

TEST_CASE("an answer is believed for its bounded time, and never past the token's end") {
    Setting at;
    at.identity.know("t", "u1", "a1");
    at.ask("t");
    at.clock.advance(std::chrono::seconds(301));
    at.identity.forget("t");
    REQUIRE(at.ask("t").verdict == Verdict::invalid);
    at.identity.know("s", "u1", "a1");
    at.clock.set(*parse_iso("2023-11-14T23:29:59Z"));
    REQUIRE(at.ask("s").verdict == Verdict::valid);
    at.clock.advance(std::chrono::seconds(2));
    REQUIRE(at.ask("s").verdict == Verdict::invalid);
}

TEST_CASE("a revocation hint takes a token back at once") {
    Setting at;
    at.identity.know("t1", "u1", "a1");
    at.identity.know("t2", "u2", "a2");
    at.ask("t1");
    at.ask("t2");
    at.identity.forget("t1");
    at.bus->publish("identity.revoked", R"({"user_id": "u1"})");
    REQUIRE(at.ask("t1").verdict == Verdict::invalid);
    REQUIRE(at.ask("t2").verdict == Verdict::valid);
    REQUIRE(at.identity.validations == 3);
    at.bus->publish("identity.revoked", R"({"audit_id": "a2"})");
    at.ask("t2");
    REQUIRE(at.identity.validations == 4);
    for (const char* payload : {R"({"all": true})", "not understood"}) {
        const int before = at.identity.validations;
        at.bus->publish("identity.revoked", payload);
        at.ask("t2");
        REQUIRE(at.identity.validations == before + 1);
    }
}

TEST_CASE("without the bus the poll finds revocations") {
    Setting at(std::chrono::milliseconds(20));
    at.identity.know("t", "u1", "a1");
    REQUIRE(at.ask("t").verdict == Verdict::valid);
    at.identity.forget("t");
    at.identity.revoke_user("u1");
    REQUIRE(at.eventually([&] { return at.ask("t").verdict == Verdict::invalid; }));
}

TEST_CASE("when our own token is refused we log in again") {
    Setting at;
    at.identity.know("t", "u1", "a1");
    at.identity.know("s", "u1", "a1");
    at.ask("t");
    at.identity.refuse_service_tokens();
    REQUIRE(at.ask("s").verdict == Verdict::valid);
    REQUIRE(at.identity.logins == 2);
}

TEST_CASE("an identity service that fails makes nothing valid or invalid, and nothing is remembered") {
    Setting at;
    at.identity.know("t", "u1", "a1");
    at.identity.broken = true;
    REQUIRE(at.ask("t").verdict == Verdict::unavailable);
    at.identity.broken = false;
    REQUIRE(at.ask("t").verdict == Verdict::valid);
    Setting wrong(std::chrono::hours(1), "wrong");
    REQUIRE(wrong.ask("t").verdict == Verdict::unavailable);
}

TEST_CASE("what cannot stand in a header is no token, and nobody is asked") {
    Setting at;
    REQUIRE(at.ask("a\r\nX-Evil: 1").verdict == Verdict::invalid);
    REQUIRE(at.ask("").verdict == Verdict::invalid);
    REQUIRE(at.ask(std::string(9000, 'a')).verdict == Verdict::invalid);
    REQUIRE(at.identity.validations == 0);
    REQUIRE(at.identity.logins == 0);
}

TEST_CASE("the cache is bounded and forgets what was used least") {
    TokenCache cache(2);
    const Timestamp now{std::chrono::seconds(100)}, later{std::chrono::seconds(200)};
    auto answer = [] { return Validation{Verdict::valid, std::make_shared<const Context>()}; };
    cache.put("a", answer(), later);
    cache.put("b", answer(), later);
    REQUIRE(cache.find("a", now));
    cache.put("c", answer(), later);
    REQUIRE(cache.size() == 2);
    REQUIRE_FALSE(cache.find("b", now));
    REQUIRE(cache.find("a", now));
    REQUIRE_FALSE(cache.find("a", later));
}

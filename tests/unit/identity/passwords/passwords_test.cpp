#include <catch2/catch.hpp>
#include <ctime>

#include "identity/passwords/checker.hpp"
#include "identity/passwords/hash.hpp"

using namespace cumulet;
using namespace cumulet::identity::passwords;

TEST_CASE("a new hash is bcrypt of the asked cost and fits its password alone") {
    SystemRandom random;
    const auto hash = hash_password("secret", 4, random);
    CHECK(hash.substr(0, 7) == "$2b$04$");
    CHECK(bcrypt_rounds(hash) == 4);
    CHECK(verify_password("secret", hash));
    CHECK_FALSE(verify_password("Secret", hash));
    CHECK_FALSE(verify_password("", hash));
    CHECK(hash_password("secret", 4, random) != hash);
}

// Made by passlib 1.7 from the password "correct horse".
TEST_CASE("hashes of other kinds that a Keystone database holds are verified") {
    const std::string hash = GENERATE(
        as<std::string>{}, "$scrypt$ln=4,r=8,p=1$iJGSklJqzflfixEihHCO8Q$vIgCuW/9rOrVrNI16nMKwOssDNElqbCTcWz+1oOO5I8",
        "$pbkdf2-sha512$1000$F0IIwXhv7X2v1RqDcA5ByA$gtk8VJPO3FpWc6fKQRAPHXUledR7lL3Br9XqWMF1QAUb."
        "q7C6huHNEFW7Ula0o68zyic58xbmuIs37Y2pOKdvg",
        "$6$Akq4F3kQdOP6rbip$Ej6HzODhpvRONfg6p7YSaR33IsTRQ2w8MfsbWt2PB16HaCtQeFbQWBMWJqLHOvaW6xj9cIOgGA6kfxuyU1ew71",
        "$bcrypt-sha256$v=2,t=2b,r=4$1x/xuj8khDo7jFP7RySZ0.$i/i4rOylcGAuGrB7wk8da/0cKHAZ3qG",
        "$2b$04$zYMqz8Vajz5iBOp9Hz0WheVYNfoAc1k6JXKsx9gsYa7Q7XOk5pDZq");
    CHECK(verify_password("correct horse", hash));
    CHECK_FALSE(verify_password("correct horsE", hash));
}

TEST_CASE("a password may be longer than what a hash reads of it") {
    SystemRandom random;
    const std::string base(72, 'x');
    const auto hash = hash_password(base + std::string(4000, 'y'), 4, random);
    CHECK(verify_password(base + std::string(4000, 'y'), hash));
    CHECK(verify_password(base, hash));
    CHECK_FALSE(verify_password(base.substr(1), hash));
}

TEST_CASE("a broken hash fits nothing") {
    for (const char* hash : {"", "$", "$$$$$$", "plain", "$2b$12$short", "$scrypt$ln=99,r=8,p=1$AAAA$AAAA",
                             "$scrypt$ln=,r=8$A$A", "$pbkdf2-sha512$-1$AAAA$AAAA",
                             "$pbkdf2-sha512$99999999999$AAAA$AAAA", "$bcrypt-sha256$v=2$a$b", "$6$", "$y$j9T$x$y"})
        CHECK_FALSE(verify_password("x", hash));
    CHECK_FALSE(
        verify_password(std::string("a\0b", 3), "$2b$04$abcdefghijklmnopqrstuu..............................."));
}

TEST_CASE("unknown users and wrong passwords cost the same number of hash computations") {
    ManualClock clock;
    SystemRandom random;
    Checker checker(clock, random, {.rounds = 5});
    const auto full = checker.hash("right");
    const auto cheap = checker.hash_random_secret("0123456789abcdef0123456789abcdef");
    auto cost_of = [&](auto&& work) {
        const auto before = checker.full_price_computations();
        work();
        return checker.full_price_computations() - before;
    };
    CHECK(cost_of([&] { CHECK_FALSE(checker.check("wrong", full)); }) == 1);
    CHECK(cost_of([&] { CHECK_FALSE(checker.check("wrong", std::nullopt)); }) == 1);
    CHECK(cost_of([&] { CHECK_FALSE(checker.check("wrong", cheap)); }) == 1);
    CHECK(cost_of([&] { CHECK(checker.check("0123456789abcdef0123456789abcdef", cheap)); }) == 0);
}

TEST_CASE("a right password is recognised for a while, a wrong one never") {
    ManualClock clock;
    SystemRandom random;
    Checker checker(clock, random, {.rounds = 4, .remember = std::chrono::seconds(60)});
    const auto hash = checker.hash("right");
    auto cost = [&](std::string_view password) {
        const auto before = checker.full_price_computations();
        checker.check(password, hash);
        return checker.full_price_computations() - before;
    };
    CHECK(cost("right") == 1);
    CHECK(cost("right") == 0);
    CHECK(cost("wrong") == 1);
    CHECK(cost("wrong") == 1);
    clock.advance(std::chrono::seconds(61));
    CHECK(cost("right") == 1);
    SECTION("and not for another hash of the same password") {
        const auto other = checker.hash("right");
        const auto before = checker.full_price_computations();
        CHECK(checker.check("right", other));
        CHECK(checker.full_price_computations() == before + 1);
    }
}

TEST_CASE("names of nobody cost what users cost whose hashes are of other kinds") {
    ManualClock clock;
    SystemRandom random;
    Checker checker(clock, random, {.rounds = 4});
    // Two hundred times the cost of our own: enough to be told apart by the clock of the processor.
    const std::string slow =
        "$pbkdf2-sha512$400000$F0IIwXhv7X2v1RqDcA5ByA$gtk8VJPO3FpWc6fKQRAPHXUledR7lL3Br9XqWMF1QAUb."
        "q7C6huHNEFW7Ula0o68zyic58xbmuIs37Y2pOKdvg";
    auto is_slow = [&](const std::string& who, const std::string& password = "wrong") {
        const auto before = std::clock();
        CHECK_FALSE(checker.check(password, std::nullopt, who));
        return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC > 0.05;
    };
    CHECK_FALSE(is_slow("a"));
    SECTION("all of them when all users have one") {
        checker.learn(slow);
        CHECK(is_slow("a"));
        CHECK(is_slow("b"));
        CHECK(is_slow("a", std::string("nul\0in it", 9)));
    }
    SECTION("a share of them when some have, and a name always the same") {
        for (int i = 0; i < 5; ++i) checker.learn(slow), checker.learn(checker.hash("x"));
        int slow_ones = 0;
        for (int i = 0; i < 24; ++i) {
            const auto who = std::to_string(i);
            const bool first = is_slow(who);
            CHECK(is_slow(who) == first);
            slow_ones += first;
        }
        CHECK(slow_ones > 3);
        CHECK(slow_ones < 21);
    }
    SECTION("not when it is a cheaper one of ours") {
        checker.learn(checker.hash_random_secret("x"));
        CHECK_FALSE(is_slow("a"));
    }
}

TEST_CASE("a password that no hash is made of costs the same for a user and for nobody") {
    ManualClock clock;
    SystemRandom random;
    Checker checker(clock, random, {.rounds = 4});
    const auto hash = checker.hash("right");
    for (const auto& password : {std::string("right\0", 6), std::string(100, 'x') + '\0', std::string("\0", 1),
                                 std::string(600, 'x'), std::string(5000, 'x')}) {
        const auto before = checker.full_price_computations();
        CHECK_FALSE(checker.check(password, hash));
        CHECK(checker.full_price_computations() == before + 1);
        CHECK_FALSE(checker.check(password, std::nullopt));
        CHECK(checker.full_price_computations() == before + 2);
    }
}

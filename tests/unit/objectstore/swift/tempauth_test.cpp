// The object store's own users, ACLs of accounts, and who reaches what.
#include <catch2/catch.hpp>

#include "objectstore/swift/tempauth.hpp"
#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

swift::TempAuth make(const ManualClock& clock, Random& random, auth::Validator* next = nullptr) {
    return swift::TempAuth(
        {swift::parse_temp_user("test:tester:testing .admin"), swift::parse_temp_user("test:plain:key"),
         swift::parse_temp_user("glance:glance:key service")},
        {"AUTH_", "SERVICE_"}, next, clock, random);
}

auth::Validation validated(auth::Validator& validator, const std::string& token) {
    auth::Validation found;
    validator.validate(token, [&](auth::Validation answer) { found = std::move(answer); });
    return found;
}

}  // namespace

TEST_CASE("users log in by name and key") {
    ManualClock clock;
    SeededRandom random{1};
    auto tempauth = make(clock, random);
    const auto login = tempauth.log_in("test:tester", "testing");
    REQUIRE(login);
    REQUIRE(login->account == "AUTH_test");
    REQUIRE(login->token.starts_with("AUTH_tk"));
    REQUIRE_FALSE(tempauth.log_in("test:tester", "testin"));
    REQUIRE_FALSE(tempauth.log_in("test:nobody", "testing"));
    REQUIRE_FALSE(tempauth.log_in("test:tester", ""));
    const auto found = validated(tempauth, login->token);
    REQUIRE(found.verdict == auth::Verdict::valid);
    REQUIRE(swift::is_tempauth(*found.context));
    REQUIRE(found.context->has_role("AUTH_test"));
    REQUIRE(found.context->has_role("SERVICE_test"));
    REQUIRE_FALSE(validated(tempauth, tempauth.log_in("test:plain", "key")->token).context->has_role("AUTH_test"));
    REQUIRE(validated(tempauth, "AUTH_tkrubbish").verdict == auth::Verdict::invalid);
    clock.advance(std::chrono::hours(25));
    REQUIRE(tempauth.log_in("test:tester", "testing")->token != login->token);
}

TEST_CASE("users are written in one way") {
    for (const char* bad : {"", "a", "a:b", "a:b:", ":b:c", "a::c"})
        REQUIRE_THROWS_AS(swift::parse_temp_user(bad), std::invalid_argument);
    REQUIRE(swift::parse_temp_user("a:b:c:d g h").key == "c:d");
}

TEST_CASE("an account's ACL lets others in, each as far as it says") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/c/o", "alice", {}, "x");
    const auto set = [&](const std::string& acl) {
        return swift.call("POST", "p1", "alice", {{"X-Account-Access-Control", acl}}).status;
    };
    struct Ask {
        const char *method, *target;
    };
    const Ask asks[] = {{"HEAD", "p1"},      {"GET", "p1/c"},    {"GET", "p1/c/o"}, {"PUT", "p1/c/new"},
                        {"PUT", "p1/other"}, {"POST", "p1/c/o"}, {"POST", "p1"}};
    const auto allowed = [&] {
        std::string text;
        for (const auto& ask : asks) text += swift.call(ask.method, ask.target, "bob", {}, "").status < 300 ? 'y' : '-';
        return text;
    };
    REQUIRE(allowed() == "-------");
    REQUIRE(set(R"({"read-only": ["p2:bob-id"]})") == 204);
    REQUIRE(allowed() == "yyy----");
    REQUIRE(set(R"({"read-write": ["bob-id"]})") == 204);
    REQUIRE(allowed() == "yyyyyy-");
    REQUIRE_FALSE(swift.call("HEAD", "p1", "bob").headers.has("X-Account-Access-Control"));
    // Who may write may not let others in.
    swift.call("POST", "p1/c", "bob", {{"X-Container-Read", ".r:*"}, {"X-Container-Meta-Temp-Url-Key", "k"}});
    REQUIRE_FALSE(swift.call("HEAD", "p1/c").headers.has("X-Container-Read"));
    REQUIRE_FALSE(swift.call("HEAD", "p1/c").headers.has("X-Container-Meta-Temp-Url-Key"));
    REQUIRE(set(R"({"admin": ["p2"]})") == 204);
    REQUIRE(allowed() == "yyyyyyy");
    REQUIRE(swift.call("HEAD", "p1", "bob").header("X-Account-Access-Control") == R"({"admin":["p2"]})");
    REQUIRE(set("") == 204);
    REQUIRE(allowed() == "-------");
    for (const char* bad : {"x", "[]", R"({"owner": []})", R"({"admin": "x"})", R"({"admin": [1]})"})
        REQUIRE(set(bad) == 400);
}

// Everybody asks for everything, under every ACL; what is expected is computed from the rules, not from the code.
TEST_CASE("ACLs let in exactly those whom they name") {
    struct Acl {
        const char* text;
        const char* readers;  // of whom the ACL speaks: a(nybody), b(ob), g(uest)
        bool listings;
    };
    const Acl acls[] = {{"", "", false},           {".r:*", "abg", false}, {".r:*,.rlistings", "abg", true},
                        {".rlistings", "", false}, {"p2:bob", "b", true},  {"p2-name:bob", "b", true},
                        {"p2:*", "b", true},       {"*:guest", "g", true}, {"*:*", "bg", true},
                        {"reader", "g", true},     {"p1:bob", "", true},   {".r:.example.com", "", false}};
    const std::pair<char, const char*> people[] = {
        {'a', ""}, {'b', "bob"}, {'g', "guest"}, {'o', "alice"}, {'r', "root"}};
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/c/o", "alice", {}, "secret");
    for (const auto& acl : acls) {
        REQUIRE(swift.call("POST", "p1/c", "alice", {{"X-Container-Read", acl.text}}).status == 204);
        for (const auto& [who, token] : people) {
            const bool owner = who == 'o' || who == 'r';
            const bool reads = owner || std::string(acl.readers).find(who) != std::string::npos;
            const bool lists = owner || (reads && acl.listings);
            const int refused = who == 'a' ? 401 : 403;
            INFO(acl.text << " " << token);
            REQUIRE(swift.call("GET", "p1/c/o", token).status == (reads ? 200 : refused));
            REQUIRE(swift.call("HEAD", "p1/c/o", token).status == (reads ? 200 : refused));
            REQUIRE(swift.call("GET", "p1/c/none", token).status == (reads ? 404 : refused));
            REQUIRE(swift.call("GET", "p1/c", token).status == (lists ? 200 : refused));
            REQUIRE(swift.call("GET", "p1/nothing", token).status == (owner ? 404 : refused));
            REQUIRE(swift.call("PUT", "p1/c/x", token, {}, "x").status == (owner ? 201 : refused));
            REQUIRE(swift.call("DELETE", "p1/c/none", token).status == (owner ? 404 : refused));
            REQUIRE(swift.call("POST", "p1/c", token).status == (owner ? 204 : refused));
            REQUIRE(swift.call("GET", "p1", token).status == (owner ? 200 : refused));
            REQUIRE(swift.call("COPY", "p1/c/o", token, {{"Destination", "c/copy"}}).status == (owner ? 201 : refused));
        }
    }
}

TEST_CASE("a service's account takes the token of its service as well") {
    SwiftUnderTest swift;
    swift.settings.service_prefix = "SERVICE_";
    swift.settings.service_roles = {"ResellerAdmin"};
    swift.swift.validator = swift.validator.get();
    const auto put = [&](const std::string& who, const std::string& service) {
        return swift.call("PUT", "/v1/SERVICE_p1/c", who, {{"X-Service-Token", service}}).status;
    };
    REQUIRE(put("alice", "") == 403);
    REQUIRE(put("alice", "bob") == 403);
    REQUIRE(put("alice", "rubbish") == 403);
    REQUIRE(put("bob", "root") == 403);
    REQUIRE(put("alice", "root") == 201);
}

// Keys of the object store's own users.
#include <catch2/catch.hpp>

#include "objectstore/s3/temp_keys.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

namespace {

s3::FoundKey found(s3::Keys& keys, const std::string& access) {
    s3::FoundKey out;
    keys.find(access, [&](s3::FoundKey key) { out = std::move(key); });
    return out;
}

}  // namespace

TEST_CASE("a user of the object store's own signs with his key") {
    ManualClock clock;
    SeededRandom random{1};
    swift::TempAuth users(
        {swift::parse_temp_user("test:tester:testing .admin"), swift::parse_temp_user("test:plain:key")}, {"AUTH_"},
        nullptr, clock, random);
    s3::TempKeys alone(users, nullptr);
    const auto tester = found(alone, "test:tester");
    REQUIRE(tester.verdict == auth::Verdict::valid);
    REQUIRE(tester.key->owner()->project_id == "test");
    REQUIRE(tester.key->owner()->has_role("AUTH_test"));
    s3::Claim claim{.scheme = s3::Scheme::v4_query, .access = "test:tester"};
    claim.scope_date = "20231114";
    claim.region = "us-east-1";
    REQUIRE(tester.key->signing_key(claim) == s3::v4_signing_key("testing", claim));
    REQUIRE_FALSE(found(alone, "test:plain").key->owner()->has_role("AUTH_test"));
    REQUIRE(found(alone, "test:nobody").verdict == auth::Verdict::invalid);
    REQUIRE(found(alone, "alice").verdict == auth::Verdict::invalid);
    s3::TempKeys both(users, s3::make_fixed_keys({{"alice", {"secret", {}}}}));
    REQUIRE(found(both, "alice").verdict == auth::Verdict::valid);
    REQUIRE(found(both, "test:tester").verdict == auth::Verdict::valid);
}

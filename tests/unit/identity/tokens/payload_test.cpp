#include "identity/tokens/payload.hpp"

#include <catch2/catch.hpp>

#include "common/runtime/ids.hpp"
#include "common/runtime/text.hpp"

using namespace cumulet;
using namespace cumulet::identity::tokens;

namespace {

const std::vector<std::string> kMethods{"external", "password", "token", "oauth1", "mapped", "application_credential",
                                        "totp"};

TokenFacts base() {
    TokenFacts facts;
    facts.user_id = "4bf00ddd3381490d99894ccceafd71c1";
    facts.methods = {"password"};
    facts.audit_ids = {"8FDWrwG2RY27jQ2bnlKVOg"};
    facts.expires_at = Timestamp{std::chrono::seconds{1'795'314'062}};
    return facts;
}

void comes_back(const TokenFacts& facts) {
    auto read = unpack_token(pack_token(facts, kMethods), kMethods);
    REQUIRE(read);
    CHECK(*read == facts);
}

}  // namespace

TEST_CASE("every scope of a token comes back from its payload") {
    comes_back(base());
    auto facts = base();
    SECTION("project") { facts.project_id = "b3ca99e3c94f44a4a8644529ee727a68"; }
    SECTION("domain that is no uuid") { facts.domain_id = "default"; }
    SECTION("domain") { facts.domain_id = "b3ca99e3c94f44a4a8644529ee727a68"; }
    SECTION("system") { facts.system = true; }
    SECTION("trust") {
        facts.project_id = "b3ca99e3c94f44a4a8644529ee727a68";
        facts.trust_id = "00000000000000000000000000000001";
    }
    SECTION("application credential") {
        facts.project_id = "b3ca99e3c94f44a4a8644529ee727a68";
        facts.application_credential_id = "00000000000000000000000000000002";
        facts.methods = {"application_credential"};
    }
    SECTION("access token") {
        facts.project_id = "b3ca99e3c94f44a4a8644529ee727a68";
        facts.access_token_id = "00000000000000000000000000000003";
        facts.methods = {"oauth1"};
    }
    SECTION("federated, unscoped") {
        facts.group_ids = {"g1", "00000000000000000000000000000004"};
        facts.identity_provider_id = "idp";
        facts.protocol_id = "saml2";
        facts.methods = {"mapped"};
    }
    SECTION("federated, project") {
        facts.identity_provider_id = "idp";
        facts.protocol_id = "saml2";
        facts.project_id = "b3ca99e3c94f44a4a8644529ee727a68";
    }
    SECTION("federated, domain") {
        facts.identity_provider_id = "idp";
        facts.protocol_id = "saml2";
        facts.domain_id = "default";
    }
    SECTION("two methods and a chain") {
        facts.methods = {"token", "password"};
        facts.audit_ids.push_back("iMThr9odRMOhrPXp-Fs8Cw");
    }
    SECTION("a user id that is no uuid") { facts.user_id = std::string(64, 'a'); }
    SECTION("the EC2 exchange") { facts.methods = {"ec2credential"}; }
    comes_back(facts);
}

TEST_CASE("the bytes are those that Keystone's formatter writes") {
    // msgpack.packb((2, (True, uuid), 2, (True, uuid), 1795314062.0, [16 bytes]))
    auto facts = base();
    facts.project_id = "b3ca99e3c94f44a4a8644529ee727a68";
    CHECK(text::to_hex(pack_token(facts, kMethods)) ==
          "960292c3c4104bf00ddd3381490d99894ccceafd71c10292c3c410b3ca99e3c94f44a4a8644529ee727a68cb41dac09463800000"
          "91c410f050d6af01b6458dbb8d0d9b9e52953a");
}

TEST_CASE("bytes that are no token are refused, whatever they are") {
    SeededRandom random(7);
    CHECK_FALSE(unpack_token("", kMethods));
    const auto good = pack_token(base(), kMethods);
    for (std::size_t i = 0; i < good.size(); ++i) {
        CHECK_FALSE(unpack_token(std::string_view(good).substr(0, i), kMethods));
        for (int round = 0; round < 40; ++round) {
            auto changed = good;
            changed[i] = static_cast<char>(random.below(256));
            unpack_token(changed, kMethods);  // any answer, but an answer
        }
    }
}

TEST_CASE("a list that claims more members than a counter holds is refused") {
    // Found by the fuzzer: 0x950092c3 members of audit_ids.
    const auto bytes = text::from_base64("lgGSw8QQS/AJ3TOBSQ2ZiUzM6v1xewLEEA39cXsQAAAAaWcAkcQWS/AN3ZUAksPEiUzMrA==");
    REQUIRE(bytes);
    CHECK_FALSE(unpack_token(*bytes, kMethods));
}

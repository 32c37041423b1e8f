#include <catch2/catch.hpp>

#include "common/api/fault.hpp"
#include "common/runtime/clock.hpp"
#include "identity/federation/saml/consumer.hpp"
#include "identity/federation/saml/issuer.hpp"
#include "keys.hpp"

using namespace cumulet;
using namespace cumulet::identity::federation::saml;

namespace {

constexpr const char* kHere = "https://b/v3/OS-FEDERATION/identity_providers/a/protocols/saml2/auth";

const test::KeyPair& keys() {
    static const auto made = test::new_key_pair();
    return made;
}

struct World {
    OwnIssuer own{.entity_id = "https://a/idp", .key_pem = keys().key_pem, .certificate_pem = keys().certificate_pem};
    TrustedIssuer trusted{.identity_provider = "a",
                          .protocol = "saml2",
                          .entity_id = "https://a/idp",
                          .certificate_pem = keys().certificate_pem,
                          .audience = "https://b/sp"};
    Statement said{.recipient = kHere,
                   .audience = "https://b/sp",
                   .user = "jane",
                   .user_domain = "Default",
                   .project = "demo",
                   .project_domain = "Default",
                   .roles = {"member", "reader"},
                   .groups = {R"(JSON:{"name":"g&<g>","domain":{"name":"Default"}})"}};
    SeededRandom random{3};
    Timestamp now = *parse_iso("2026-11-22T06:00:00Z");

    std::string response() { return make_response(own, said, now, random); }
    int status_of(const std::string& xml, Duration later = {}, const char* recipient = kHere) {
        try {
            consume(xml, trusted, recipient, now + later);
            return 200;
        } catch (const api::Fault& fault) {
            return fault.status();
        }
    }
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

// The element from its start tag to its end tag.
std::string element(const std::string& text, const std::string& name) {
    const auto begin = text.find("<" + name), end = text.find("</" + name + ">");
    REQUIRE(end != std::string::npos);
    return text.substr(begin, end + name.size() + 3 - begin);
}

}  // namespace

TEST_CASE("what one cloud says another reads, bare and in an envelope") {
    World world;
    for (const auto& xml : {world.response(), make_ecp(world.own, world.said, "ss:mem:x", world.now, world.random)}) {
        INFO(xml);
        const auto consumed = consume(xml, world.trusted, kHere, world.now);
        CHECK(consumed.attributes.at("openstack_user") == std::vector<std::string>{"jane"});
        CHECK(consumed.attributes.at("openstack_roles") == world.said.roles);
        CHECK(consumed.attributes.at("openstack_groups") == world.said.groups);
        CHECK(consumed.attributes.at("REMOTE_USER") == std::vector<std::string>{"jane"});
        CHECK(consumed.attributes.at("Shib-Identity-Provider") == std::vector<std::string>{"https://a/idp"});
        CHECK_FALSE(consumed.assertion_id.empty());
        CHECK(consumed.until > world.now);
    }
}

TEST_CASE("an assertion is for one place, one audience and a short time") {
    World world;
    const auto good = world.response();
    CHECK(world.status_of(good) == 200);
    CHECK(world.status_of(good, std::chrono::minutes(5)) == 200);  // clocks may differ by a minute
    CHECK(world.status_of(good, std::chrono::minutes(6)) == 401);
    CHECK(world.status_of(good, -std::chrono::minutes(2)) == 401);
    CHECK(world.status_of(good, {}, "https://b/elsewhere") == 401);
    world.trusted.audience = "https://c/sp";
    CHECK(world.status_of(good) == 401);
    world.trusted.audience = "https://b/sp";
    world.trusted.entity_id = "https://other/idp";
    CHECK(world.status_of(good) == 401);
}

TEST_CASE("what was changed, not signed, or signed by somebody else is refused") {
    World world;
    const auto good = world.response();
    CHECK(world.status_of(replaced(good, "<saml:AttributeValue>jane<", "<saml:AttributeValue>root<")) == 401);
    CHECK(world.status_of(replaced(good, element(good, "Signature"), "")) == 401);
    const auto other = test::new_key_pair();
    world.own.key_pem = other.key_pem;
    world.own.certificate_pem = other.certificate_pem;  // it rides along in the document and is not looked at
    CHECK(world.status_of(world.response()) == 401);
}

TEST_CASE("a signed assertion that is moved about does not vouch for a forged one") {
    World world;
    const auto good = world.response();
    const auto assertion = element(good, "saml:Assertion");
    const auto signature = element(good, "Signature");
    auto forged =
        replaced(replaced(assertion, signature, ""), "<saml:AttributeValue>jane<", "<saml:AttributeValue>root<");
    const auto id_at = forged.find("ID=\"") + 4;
    forged.replace(id_at, 4, "evil");
    const auto with = [&](const std::string& inside) { return world.status_of(replaced(good, assertion, inside)); };
    CHECK(with(assertion) == 200);
    CHECK(with(forged) == 401);
    CHECK(with(forged + assertion) == 401);
    CHECK(with(assertion + forged) == 401);
    // The good one inside the forged one, and inside its signature.
    CHECK(with(replaced(forged, "</saml:Assertion>", assertion + "</saml:Assertion>")) == 401);
    const auto wrapping =
        replaced(signature, "</Signature>", "<Object>" + replaced(assertion, signature, "") + "</Object></Signature>");
    CHECK(with(replaced(forged, "</saml:Issuer>", "</saml:Issuer>" + wrapping)) == 401);
    // The good one elsewhere in the response.
    CHECK(with(forged + "<samlp:Extensions>" + assertion + "</samlp:Extensions>") == 401);
    // One id twice.
    CHECK(with(replaced(assertion, signature, "") + "<x>" + assertion + "</x>") == 401);
}

TEST_CASE("XML that attacks its reader is refused cheaply") {
    World world;
    const auto good = world.response();
    CHECK(world.status_of("") == 401);
    CHECK(world.status_of("<not xml") == 401);
    CHECK(world.status_of("<a/>") == 401);
    CHECK(world.status_of(std::string(600'000, ' ') + good) == 401);
    CHECK(world.status_of(replaced(good, "<samlp:Response", "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><samlp:Response")) ==
          401);
    CHECK(world.status_of("<!DOCTYPE lolz [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;&a;\">]><a>&b;</a>") == 401);
    CHECK(world.status_of("<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><r/>") == 401);
    std::string deep;
    for (int i = 0; i < 50'000; ++i) deep += "<a>";
    CHECK(world.status_of(deep) == 401);
}

TEST_CASE("a failure that the provider reports is none of a log-in") {
    World world;
    CHECK(world.status_of(replaced(world.response(), "status:Success", "status:Responder")) == 401);
    CHECK(world.status_of(
              replaced(world.response(), std::string("Destination=\"") + kHere, "Destination=\"https://c")) == 401);
}

TEST_CASE("our metadata names us and holds the certificate") {
    World world;
    const auto text = make_metadata(world.own, "https://a/v3/auth/OS-FEDERATION/saml2");
    CHECK(text.find("entityID=\"https://a/idp\"") != std::string::npos);
    CHECK(text.find("<ds:X509Certificate>MII") != std::string::npos);
    CHECK(text.find("PRIVATE") == std::string::npos);
}

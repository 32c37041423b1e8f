#include <zlib.h>

#include <catch2/catch.hpp>
#include <map>

#include "common/api/fault.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/text.hpp"
#include "encrypted.hpp"
#include "identity/federation/saml/consumer.hpp"
#include "identity/federation/saml/issuer.hpp"
#include "identity/federation/saml/request.hpp"
#include "tests/support/key_pair.hpp"

using namespace cumulet;
using namespace cumulet::identity::federation::saml;

namespace {

constexpr const char* kHere = "https://b/v3/OS-FEDERATION/identity_providers/a/protocols/saml2/auth";

const cumulet::test::KeyPair& keys() {
    static const auto made = cumulet::test::new_key_pair();
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

std::map<std::string, std::string> http_query(const std::string& address) {
    std::map<std::string, std::string> items;
    for (const auto item : text::split(std::string_view(address).substr(address.find('?') + 1), '&')) {
        const auto equals = item.find('=');
        items[std::string(item.substr(0, equals))] = *text::percent_decode(item.substr(equals + 1));
    }
    return items;
}

std::string inflated(const std::string& bytes) {
    std::string out(65'536, '\0');
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
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
    const auto other = cumulet::test::new_key_pair();
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

TEST_CASE("an encrypted assertion is opened by our key, and still has to be signed") {
    World world;
    const auto ours = cumulet::test::new_key_pair(), others = cumulet::test::new_key_pair();
    const auto good = world.response();
    const auto encrypted = test::with_encrypted_assertion(good, ours.certificate_pem);
    REQUIRE(encrypted.find("jane") == std::string::npos);
    CHECK(world.status_of(encrypted) == 401);  // no key
    world.trusted.key_pem = ours.key_pem;
    INFO(encrypted);
    CHECK(world.status_of(encrypted) == 200);
    CHECK(consume(encrypted, world.trusted, kHere, world.now).attributes.at("openstack_user") ==
          std::vector<std::string>{"jane"});
    CHECK(world.status_of(good) == 200);
    CHECK(world.status_of(test::with_encrypted_assertion(good, others.certificate_pem)) == 401);
    // Old padding opens to whoever asks often enough.
    CHECK(world.status_of(test::with_encrypted_assertion(good, ours.certificate_pem, test::KeyTransport::pkcs1)) ==
          401);
    // Providers number signatures anew in what they encrypt; what is signed is there once all the same.
    const auto numbered = [&](const std::string& id, std::string outside) {
        const auto inside = replaced(good, "<Signature ", "<Signature Id=\"" + id + "\" ");
        return replaced(test::with_encrypted_assertion(inside, ours.certificate_pem), "<samlp:Status>",
                        "<samlp:Extensions><x " + outside + "/></samlp:Extensions><samlp:Status>");
    };
    const auto assertion_id = good.substr(good.find("ID=\"", good.find("<saml:Assertion")) + 4, 33);
    CHECK(world.status_of(numbered("Signature1", "Id=\"Signature1\"")) == 200);
    CHECK(world.status_of(numbered("Signature1", "Id=\"" + assertion_id + "\"")) == 401);
    CHECK(world.status_of(numbered("Signature1", "ID=\"" + assertion_id + "\"")) == 401);
    // Anybody can encrypt for us.
    const auto unsigned_one = replaced(good, element(good, "Signature"), "");
    CHECK(world.status_of(test::with_encrypted_assertion(unsigned_one, ours.certificate_pem)) == 401);
    const auto forged = replaced(good, "<saml:AttributeValue>jane<", "<saml:AttributeValue>root<");
    CHECK(world.status_of(test::with_encrypted_assertion(forged, ours.certificate_pem)) == 401);
    CHECK(world.status_of(replaced(encrypted, "<EncryptedAssertion",
                                   element(good, "saml:Assertion") + "<EncryptedAssertion")) == 401);
    CHECK(world.status_of(replaced(encrypted, "CipherValue>", "CipherValue>AAAA")) == 401);
}

TEST_CASE("an answer is to the request that was sent") {
    World world;
    auto answer = [&](const std::string& id) {
        try {
            consume(world.response(), world.trusted, kHere, world.now, id);
            return 200;
        } catch (const api::Fault& fault) {
            return fault.status();
        }
    };
    CHECK(answer("") == 200);
    CHECK(answer("_some-request") == 401);  // nobody was asked
    world.said.in_response_to = "_some-request";
    CHECK(answer("_some-request") == 200);
    CHECK(answer("_another") == 401);
}

TEST_CASE("a browser is sent away with a request that the provider can read and check") {
    World world;
    world.trusted.sign_on_url = "https://a/sso?tenant=1";
    const auto plain = begin_sign_on(world.trusted, "https://b/acs", "relay", world.now, world.random);
    CHECK(plain.location.starts_with("https://a/sso?tenant=1&SAMLRequest="));
    CHECK(plain.location.find("Signature=") == std::string::npos);
    const auto query = http_query(plain.location);
    const auto request = inflated(*text::from_base64(query.at("SAMLRequest")));
    INFO(request);
    CHECK(query.at("RelayState") == "relay");
    for (const auto& part :
         {"ID=\"" + plain.request_id + "\"", std::string("AssertionConsumerServiceURL=\"https://b/acs\""),
          std::string(">https://b/sp<"), std::string("Destination=\"https://a/sso?tenant=1\"")})
        CHECK(request.find(part) != std::string::npos);
    world.trusted.key_pem = keys().key_pem;
    const auto with_signature =
        begin_sign_on(world.trusted, "https://b/acs", "relay", world.now, world.random).location;
    const auto from = with_signature.find("SAMLRequest="), to = with_signature.find("&Signature=");
    REQUIRE(to != std::string::npos);
    CHECK(cumulet::test::is_rsa_sha256(with_signature.substr(from, to - from),
                                       *text::from_base64(http_query(with_signature).at("Signature")),
                                       keys().certificate_pem));
    CHECK(plain.request_id != begin_sign_on(world.trusted, "https://b/acs", "", world.now, world.random).request_id);
}

#include "compute/servers/ssh_key.hpp"
#include "nova.hpp"

using namespace cumulet;
using namespace cumulet::compute::servers;
using namespace cumulet::compute::servers::test;

TEST_CASE("a made key has the fingerprint of its public half") {
    auto key = generate_ssh_key("me");
    CHECK(key.public_key.starts_with("ssh-rsa AAAA"));
    CHECK(key.public_key.ends_with(" me"));
    CHECK(key.private_key_pem.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    CHECK(ssh_fingerprint(key.public_key) == key.fingerprint);
    CHECK(key.fingerprint.size() == 47);
}

TEST_CASE("what is no key has no fingerprint") {
    CHECK_FALSE(ssh_fingerprint("ssh-rsa"));
    CHECK_FALSE(ssh_fingerprint("ssh-rsa !!!!"));
    CHECK_FALSE(ssh_fingerprint("ssh-rsa aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ="));
}

TEST_CASE("keypairs belong to users") {
    Nova nova;
    const auto key = generate_ssh_key("k");
    const nlohmann::json body{{"keypair", {{"name", "k"}, {"public_key", key.public_key}}}};
    auto made = nova.post("/v2.1/os-keypairs", body);
    REQUIRE(made.status == 200);
    CHECK(made.body["keypair"]["fingerprint"] == key.fingerprint);
    CHECK(nova.post("/v2.1/os-keypairs", body).status == 409);
    CHECK(nova.post("/v2.1/os-keypairs", body, "demo2", "2.2").status == 201);
    CHECK(nova.get("/v2.1/os-keypairs").body["keypairs"].size() == 1);
    CHECK(nova.get("/v2.1/os-keypairs/k", "other").status == 404);
    CHECK(nova.get("/v2.1/os-keypairs/k?user_id=demo-id", "other", "2.10").status == 403);
    CHECK(nova.get("/v2.1/os-keypairs/k?user_id=demo-id", "admin", "2.10").status == 200);
    CHECK(nova.call(http::Method::del, "/v2.1/os-keypairs/k").status == 202);
    CHECK(nova.get("/v2.1/os-keypairs/k").status == 404);
}

TEST_CASE("a key without a public half is made, and its private half shown once") {
    Nova nova;
    auto made = nova.post("/v2.1/os-keypairs", {{"keypair", {{"name", "fresh"}}}});
    REQUIRE(made.status == 200);
    CHECK(made.body["keypair"].contains("private_key"));
    CHECK_FALSE(nova.get("/v2.1/os-keypairs/fresh").body["keypair"].contains("private_key"));
    CHECK(nova.post("/v2.1/os-keypairs", {{"keypair", {{"name", "bad"}, {"public_key", "junk"}}}}).status == 400);
    CHECK(nova.post("/v2.1/os-keypairs", {{"keypair", {{"name", "late"}}}}, "demo", "2.92").status == 400);
}

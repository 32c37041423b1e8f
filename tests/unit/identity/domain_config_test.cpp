#include <catch2/catch.hpp>

#include <fstream>

#include "cloud.hpp"
#include "identity/domain_config.hpp"
#include "identity/domain_files.hpp"

using namespace cumulet;
using namespace cumulet::identity;
using namespace cumulet::identity::test;
using nlohmann::json;
using M = http::Method;

namespace {

struct Configured : Cloud {
    const std::string domain = make("domains", "domain", {{"name", "ours"}});
    const std::string path = "/v3/domains/" + domain + "/config";
    const json options{{"identity", {{"driver", "ldap"}}},
                       {"ldap", {{"url", "ldap://x"}, {"user", "cn=%(password)s"}, {"password", "secret!"}}}};
    Answer store(const json& config) { return call(M::put, path, {{"config", config}}, admin_token()); }
};

}  // namespace

TEST_CASE("a domain's options are shown without the sensitive ones") {
    Configured cloud;
    auto made = cloud.store(cloud.options);
    REQUIRE(made.status == 201);
    json shown = cloud.options;
    shown["ldap"].erase("password");
    CHECK(made.body["config"] == shown);
    CHECK(cloud.get(cloud.path).body["config"] == shown);
    CHECK(cloud.get(cloud.path + "/ldap").body["config"] == json{{"ldap", shown["ldap"]}});
    CHECK(cloud.get(cloud.path + "/ldap/url").body["config"] == json{{"url", "ldap://x"}});
    CHECK(cloud.get(cloud.path + "/ldap/password").status == 404);
    CHECK(cloud.get(cloud.path + "/ldap/suffix").status == 404);
    CHECK(cloud.store(cloud.options).status == 200);
    CHECK(resolved_domain_options({.shown = shown, .secret = {{"ldap", {{"password", "secret!"}}}}})["ldap"]["user"] ==
          "cn=secret!");
}

TEST_CASE("a domain's options change one by one, by group and together") {
    Configured cloud;
    REQUIRE(cloud.store(cloud.options).status == 201);
    CHECK(cloud.patch(cloud.path, {{"config", {{"ldap", {{"suffix", "dc=a"}}}}}}).body["config"]["ldap"]["suffix"] ==
          "dc=a");
    CHECK(cloud.patch(cloud.path + "/identity", {{"config", {{"identity", {{"list_limit", 7}}}}}}).status == 200);
    CHECK(cloud.patch(cloud.path + "/identity/driver", {{"config", {{"driver", "sql"}}}})
              .body["config"]["identity"]["driver"] == "sql");
    CHECK(cloud.patch(cloud.path + "/ldap/page_size", {{"config", {{"page_size", 7}}}}).status == 404);
    CHECK(cloud.patch(cloud.path + "/ldap", {{"config", {{"identity", {{"list_limit", 7}}}}}}).status == 403);
    CHECK(cloud.del(cloud.path + "/identity/driver").status == 204);
    CHECK(cloud.get(cloud.path + "/identity/driver").status == 404);
    CHECK(cloud.del(cloud.path + "/ldap").status == 204);
    CHECK(cloud.del(cloud.path + "/ldap").status == 404);
    CHECK(cloud.del(cloud.path).status == 204);
    CHECK(cloud.get(cloud.path).status == 404);
}

TEST_CASE("unknown options of domains are refused") {
    Configured cloud;
    CHECK(cloud.store({{"oslo", {{"x", 1}}}}).status == 403);
    CHECK(cloud.store({{"ldap", {{"x", 1}}}}).status == 403);
    CHECK(cloud.store({{"ldap", 1}}).status == 403);
    CHECK(cloud.store(json::object()).status == 403);
    CHECK(cloud.get("/v3/domains/config/ldap/password/default").status == 403);
    CHECK(cloud.get("/v3/domains/config/ldap/page_size/default").body["config"] == json{{"page_size", 0}});
    CHECK(cloud.get("/v3/domains/config/identity/default").body["config"]["identity"]["driver"] == "sql");
    CHECK(cloud.get("/v3/domains/config/default").body["config"].size() == 2);
    CHECK(cloud.call(M::put, "/v3/domains/nowhere/config", {{"config", cloud.options}}, cloud.admin_token()).status ==
          404);
}

TEST_CASE("a domain's options go with it") {
    Configured cloud;
    REQUIRE(cloud.store(cloud.options).status == 201);
    REQUIRE(cloud.patch("/v3/domains/" + cloud.domain, {{"domain", {{"enabled", false}}}}).status == 200);
    REQUIRE(cloud.del("/v3/domains/" + cloud.domain).status == 204);
    store::Transaction txn(*cloud.engine, {});
    CHECK(domain_options(txn, cloud.vault(), cloud.domain).empty());
}

TEST_CASE("files of a folder say what domains have, and one that makes no sense changes nothing") {
    Cloud cloud;
    const auto domain = cloud.make("domains", "domain", {{"name", "corp"}});
    const auto folder = cloud.folder.path() / "domains";
    std::filesystem::create_directory(folder);
    auto write = [&](const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; };
    auto take = [&] { return take_domain_files(*cloud.engine, cloud.vault(), cloud.clock, folder); };
    const auto path = "/v3/domains/" + domain + "/config";
    CHECK(take() == 0);
    write("keystone.corp.conf",
          "# Ours\n[identity]\ndriver = ldap\n\n[ldap]\nurl = ldaps://host:636\nuser = cn=us,dc=example\n"
          "password = s3cret\nuser_tree_dn = ou=Users,dc=example\n");
    write("keystone.nobody.conf", "[identity]\ndriver = ldap\n");
    write("other.conf", "[identity]\ndriver = ldap\n");
    CHECK(take() == 1);
    CHECK(take() == 0);
    auto config = cloud.get(path).body["config"];
    CHECK(config["identity"]["driver"] == "ldap");
    CHECK(config["ldap"] ==
          json{{"url", "ldaps://host:636"}, {"user", "cn=us,dc=example"}, {"user_tree_dn", "ou=Users,dc=example"}});
    for (const char* wrong :
         {"[ldap]\nno_such_option = 1\n", "[database]\nconnection = x\n", "[ldap\n", "nonsense\n"}) {
        write("keystone.corp.conf", wrong);
        CHECK(take() == 0);
        CHECK(cloud.get(path).body["config"] == config);
    }
    write("keystone.corp.conf", "[ldap]\nurl = ldap://other\n");
    CHECK(take() == 1);
    CHECK(cloud.get(path).body["config"] == json{{"ldap", {{"url", "ldap://other"}}}});
    CHECK_THROWS_AS(take_domain_files(*cloud.engine, cloud.vault(), cloud.clock, folder / "none"), std::runtime_error);
}

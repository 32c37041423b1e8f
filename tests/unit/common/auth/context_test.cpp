#include <catch2/catch.hpp>

#include "common/auth/context.hpp"

using namespace cumulet;
using nlohmann::json;

namespace {

json project_token() {
    return json::parse(R"({"methods": ["password"], "user": {"domain": {"id": "default", "name": "Default"}, "id": "u1",
        "name": "admin", "password_expires_at": null}, "audit_ids": ["8FDWrwG2RY27jQ2bnlKVOg"],
        "expires_at": "2026-11-22T02:21:02.000000Z", "issued_at": "2026-11-22T01:21:02.000000Z",
        "project": {"domain": {"id": "default", "name": "Default"}, "id": "p1", "name": "admin"}, "is_domain": false,
        "roles": [{"id": "r1", "name": "reader"}, {"id": "r2", "name": "admin"}]})");
}

}  // namespace

TEST_CASE("a project-scoped token says who, where and as what") {
    const auto who = auth::context_from_token(project_token());
    REQUIRE(who.user_id == "u1");
    REQUIRE(who.user_domain_name == "Default");
    REQUIRE(who.project_id == "p1");
    REQUIRE(who.domain_id.empty());
    REQUIRE(who.is_admin());
    REQUIRE(who.role_ids == std::vector<std::string>{"r1", "r2"});
    REQUIRE(who.audit_ids.size() == 1);
    REQUIRE(to_iso_micros(who.expires_at) == "2026-11-22T02:21:02.000000Z");
}

TEST_CASE("system and domain scopes are told apart") {
    auto token = project_token();
    token.erase("project");
    token["system"] = {{"all", true}};
    REQUIRE(auth::context_from_token(token).system_scope);
    token.erase("system");
    token["domain"] = {{"id", "d1"}, {"name", "D"}};
    REQUIRE(auth::context_from_token(token).domain_id == "d1");
}

TEST_CASE("what is no token document is refused") {
    REQUIRE_THROWS(auth::context_from_token(json::object()));
    REQUIRE_THROWS(auth::context_from_token(json("text")));
    auto token = project_token();
    token["expires_at"] = "soon";
    REQUIRE_THROWS(auth::context_from_token(token));
}

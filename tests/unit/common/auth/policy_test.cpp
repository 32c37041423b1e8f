#include <catch2/catch.hpp>

#include "common/auth/policy.hpp"

using namespace cumulet::auth;
using nlohmann::json;

namespace {

Context actor(std::vector<std::string> roles, std::string project = "p1", std::string user = "u1") {
    Context who;
    who.user_id = std::move(user);
    who.project_id = std::move(project);
    who.roles = std::move(roles);
    who.token = {{"user", {{"id", who.user_id}, {"domain", {{"id", "default"}}}}},
                 {"roles", {{{"name", "member"}, {"id", "r1"}}}}};
    return who;
}

bool allows(const std::string& check, const Context& who, const json& target = json::object()) {
    return PolicyEngine({{"test", check, {}}}).allows("test", who, target);
}

}  // namespace

TEST_CASE("constants: @ and nothing let everybody, ! lets nobody") {
    REQUIRE(allows("@", actor({})));
    REQUIRE(allows("", actor({})));
    REQUIRE_FALSE(allows("!", actor({"admin"})));
}

TEST_CASE("and binds tighter than or, not tightest, parentheses decide") {
    REQUIRE(allows("role:a or role:b and role:c", actor({"a"})));
    REQUIRE_FALSE(allows("(role:a or role:b) and role:c", actor({"a"})));
    REQUIRE(allows("not role:a and role:b", actor({"b"})));
    REQUIRE_FALSE(allows("not (role:a or role:b)", actor({"b"})));
    REQUIRE(allows("NOT role:a AND role:b", actor({"b"})));
}

TEST_CASE("roles compare without case") { REQUIRE(allows("role:Admin", actor({"admin"}))); }

TEST_CASE("attributes of the actor compare with those of the target") {
    REQUIRE(allows("project_id:%(project_id)s", actor({}), {{"project_id", "p1"}}));
    REQUIRE_FALSE(allows("project_id:%(project_id)s", actor({}), {{"project_id", "p2"}}));
    REQUIRE_FALSE(allows("project_id:%(project_id)s", actor({}), json::object()));
    REQUIRE(allows("user_id:%(target.user.id)s", actor({}), {{"target", {{"user", {{"id", "u1"}}}}}}));
    REQUIRE(allows("user_id:%(target.user.id)s", actor({}), {{"target.user.id", "u1"}}));
    REQUIRE(allows("tenant_id:%(network:tenant_id)s", actor({}), {{"network:tenant_id", "p1"}}));
}

TEST_CASE("an actor without a project does not own what has no project") {
    REQUIRE_FALSE(allows("project_id:%(project_id)s", actor({}, ""), {{"project_id", ""}}));
    REQUIRE_FALSE(allows("project_id:%(project_id)s", actor({}, ""), {{"project_id", nullptr}}));
}

TEST_CASE("literals: quoted text, True, None, numbers") {
    REQUIRE(allows("'shared':%(visibility)s", actor({}), {{"visibility", "shared"}}));
    REQUIRE(allows("True:%(shared)s", actor({}), {{"shared", true}}));
    REQUIRE(allows("None:%(trust)s", actor({}), {{"trust", nullptr}}));
    REQUIRE_FALSE(allows("True:%(shared)s", actor({}), {{"shared", false}}));
    REQUIRE(allows("field:networks:shared=True", actor({}), {{"shared", true}}));
}

TEST_CASE("the forms that older policy files use") {
    REQUIRE(allows("is_admin:1", actor({"admin"})));
    REQUIRE(allows("is_admin:True", actor({"admin"})));
    REQUIRE_FALSE(allows("is_admin:1", actor({"member"})));
    REQUIRE(allows("user.domain.id:default", actor({})));
    REQUIRE(allows("token.roles.id:r1", actor({})));
}

TEST_CASE("a rule with scope types refuses tokens of other scopes") {
    PolicyEngine engine({{"sys", "role:reader", {"system"}}});
    auto who = actor({"reader"});
    REQUIRE_FALSE(engine.allows("sys", who, json::object()));
    who.system_scope = true;
    REQUIRE(engine.allows("sys", who, json::object()));
}

TEST_CASE("a token without a scope is good for what every scope may do, not for what one may") {
    PolicyEngine engine({{"own", "user_id:%(user_id)s", {"system", "domain", "project"}},
                         {"in_project", "user_id:%(user_id)s", {"project"}}});
    auto who = actor({});
    const json mine = {{"user_id", who.user_id}};
    who.project_id.clear();
    REQUIRE(engine.allows("own", who, mine));
    REQUIRE_FALSE(engine.allows("own", who, {{"user_id", "another"}}));
    REQUIRE_FALSE(engine.allows("in_project", who, mine));
    who.project_id = "p1";
    REQUIRE(engine.allows("in_project", who, mine));
}

TEST_CASE("rules that cannot work are refused with their name") {
    using Catch::Contains;
    REQUIRE_THROWS_WITH(PolicyEngine({{"a", "rule:nowhere", {}}}), Contains("nowhere"));
    REQUIRE_THROWS_WITH(PolicyEngine({{"a", "rule:b", {}}, {"b", "not rule:a", {}}}), Contains("refers to itself"));
    REQUIRE_THROWS_WITH(PolicyEngine({{"a", "(role:x", {}}}), Contains("not closed"));
    REQUIRE_THROWS_WITH(PolicyEngine({{"a", "role:x role:y", {}}}), Contains("not expected"));
    REQUIRE_THROWS_AS(PolicyEngine({{"a", "role:x and", {}}}), PolicyError);
    REQUIRE_THROWS_AS(PolicyEngine({{"a", "nonsense", {}}}), PolicyError);
    REQUIRE_THROWS_AS(PolicyEngine({{"a", "http://example.org/", {}}}), PolicyError);
    REQUIRE_THROWS_AS(PolicyEngine({{"a", std::string(5000, '('), {}}}), PolicyError);
}

TEST_CASE("a policy file replaces rules by name, and a broken one changes nothing") {
    PolicyEngine engine({{"servers:create", "rule:project_member_or_admin", {}}});
    const auto member = actor({"member"});
    const json own = {{"project_id", "p1"}};
    REQUIRE(engine.allows("servers:create", member, own));
    engine.load_yaml("# comment\n\"servers:create\": \"role:creator\"\n");
    REQUIRE_FALSE(engine.allows("servers:create", member, own));
    REQUIRE(engine.allows("servers:create", actor({"creator"}), own));
    REQUIRE_THROWS_AS(engine.load_yaml("\"servers:create\": \"role:\n  - x\""), PolicyError);
    REQUIRE_THROWS_AS(engine.load_yaml("[1, 2]"), PolicyError);
    REQUIRE(engine.allows("servers:create", actor({"creator"}), own));
    engine.load_yaml("");
    REQUIRE(engine.allows("servers:create", member, own));
}

TEST_CASE("the old lists of lists mean any of all") {
    PolicyEngine engine({{"x", "!", {}}});
    engine.load_yaml("x: [[\"role:a\", \"role:b\"], [\"role:c\"]]");
    REQUIRE_FALSE(engine.allows("x", actor({"a"}), json::object()));
    REQUIRE(engine.allows("x", actor({"a", "b"}), json::object()));
    REQUIRE(engine.allows("x", actor({"c"}), json::object()));
}

TEST_CASE("a rule tells what it reads of the target, through the rules it refers to") {
    PolicyEngine engine({{"x", "rule:admin_required or (rule:project_member and user_id:%(target.user.id)s)", {}}});
    REQUIRE(engine.target_keys("x") == std::vector<std::string>{"project_id", "target.user.id"});
    REQUIRE(engine.target_keys("admin_required").empty());
}

TEST_CASE("an unknown rule is a no") {
    REQUIRE_FALSE(PolicyEngine({}).allows("nope", actor({"admin"}), json::object()));
}

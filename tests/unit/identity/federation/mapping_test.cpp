#include "identity/federation/mapping.hpp"

#include <catch2/catch.hpp>

#include "common/api/fault.hpp"
#include "identity/federation/literal.hpp"

using namespace cumulet;
using namespace cumulet::identity::federation;
using nlohmann::json;

namespace {

Assertion assertion_of(const std::map<std::string, std::string>& attributes) {
    Assertion assertion;
    for (const auto& [name, value] : attributes) assertion[name] = split_values(value);
    return assertion;
}

// One rule with one local part.
json rule(json local, json remote) { return {{{"local", json::array({local})}, {"remote", std::move(remote)}}}; }

std::vector<std::string> names_of(const MappedProperties& mapped) {
    std::vector<std::string> names;
    for (const auto& group : mapped.groups) names.push_back(group.name);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("values of the assertion take the places of {0} and {1}, which count only what selects values") {
    const auto rules = rule({{"user", {{"name", "{0} {1}"}, {"email", "{2}"}}}},
                            {{{"type", "FirstName"}},
                             {{"type", "orgPersonType"}, {"any_one_of", {"Employee", "Contractor"}}},
                             {{"type", "LastName"}},
                             {{"type", "orgPersonType"}, {"not_any_of", {"Guest"}}},
                             {{"type", "Email"}}});
    const auto mapped = apply_rules(rules, assertion_of({{"FirstName", "Jane"},
                                                         {"LastName", "Doe"},
                                                         {"Email", "jane@example.com"},
                                                         {"orgPersonType", "Employee;BuildingX"}}));
    CHECK(mapped.user_name == "Jane Doe");
    CHECK(mapped.user_email == "jane@example.com");
    CHECK(mapped.user_type == UserType::ephemeral);
}

TEST_CASE("a rule whose requirement is not met gives nothing, and nothing at all is 401") {
    const auto rules =
        rule({{"user", {{"name", "{0}"}}}}, {{{"type", "UserName"}}, {{"type", "kind"}, {"any_one_of", {"staff"}}}});
    CHECK_THROWS_AS(apply_rules(rules, assertion_of({{"UserName", "u"}, {"kind", "guest"}})), api::Fault);
    CHECK_THROWS_AS(apply_rules(rules, assertion_of({{"UserName", "u"}})), api::Fault);
    CHECK(apply_rules(rules, assertion_of({{"UserName", "u"}, {"kind", "guest;staff"}})).user_name == "u");
}

TEST_CASE("not_any_of refuses whoever has one of the values") {
    const auto rules =
        rule({{"user", {{"name", "{0}"}}}}, {{{"type", "UserName"}}, {{"type", "kind"}, {"not_any_of", {"guest"}}}});
    CHECK_THROWS_AS(apply_rules(rules, assertion_of({{"UserName", "u"}, {"kind", "guest;staff"}})), api::Fault);
    CHECK(apply_rules(rules, assertion_of({{"UserName", "u"}, {"kind", "staff"}})).user_name == "u");
}

TEST_CASE("regular expressions search in values") {
    const auto rules = rule({{"user", {{"name", "{0}"}}}},
                            {{{"type", "UserName"}},
                             {{"type", "Email"}, {"any_one_of", {".*@yeah.com$", "^root@"}}, {"regex", true}},
                             {{"type", "Email"}, {"not_any_of", {"blocked"}}, {"regex", true}}});
    auto try_it = [&](const std::string& mail) {
        return apply_rules(rules, assertion_of({{"UserName", "u"}, {"Email", mail}})).user_name;
    };
    CHECK(try_it("bob@yeah.com") == "u");
    CHECK(try_it("root@elsewhere") == "u");
    CHECK_THROWS_AS(try_it("bob@no.com"), api::Fault);
    CHECK_THROWS_AS(try_it("blocked@yeah.com"), api::Fault);
}

TEST_CASE("a whitelist keeps, a blacklist drops, both become groups by name in a domain") {
    auto rules_of = [](const char* kind, json list, bool regex) {
        json requirement{{"type", "groups"}, {"regex", regex}};
        requirement[kind] = std::move(list);
        return rule({{"user", {{"name", "{0}"}}}, {"groups", "{1}"}, {"domain", {{"id", "d1"}}}},
                    {{{"type", "UserName"}}, requirement});
    };
    const auto assertion = assertion_of({{"UserName", "u"}, {"groups", "Manager;Developer;Contractor"}});
    auto mapped = apply_rules(rules_of("whitelist", {"Developer", "Contractor"}, false), assertion);
    CHECK(names_of(mapped) == Names{"Developer", "Contractor"});
    CHECK(mapped.groups[0].domain.id == "d1");
    CHECK(names_of(apply_rules(rules_of("blacklist", {"Developer"}, false), assertion)) ==
          Names{"Manager", "Contractor"});
    CHECK(names_of(apply_rules(rules_of("whitelist", {"er$"}, true), assertion)) == Names{"Manager", "Developer"});
    CHECK(names_of(apply_rules(rules_of("blacklist", {"^Man"}, true), assertion)) == Names{"Developer", "Contractor"});
    CHECK(names_of(apply_rules(rules_of("whitelist", {"nobody"}, false), assertion)).empty());
    CHECK(names_of(apply_rules(rules_of("whitelist", {"Developer"}, false), assertion)) == Names{"Developer"});
}

TEST_CASE("groups by id, one by name, several rules together, only the first user counts") {
    json rules = rule({{"user", {{"name", "{0}"}}}, {"group", {{"id", "g1"}}}}, {{{"type", "UserName"}}});
    rules.push_back({{"local",
                      {{{"user", {{"name", "other"}}}},
                       {{"group", {{"name", "devs"}, {"domain", {{"name", "Default"}}}}}},
                       {{"group_ids", "{0}"}}}},
                     {"remote", {{{"type", "ids"}}}}});
    const auto mapped = apply_rules(rules, assertion_of({{"UserName", "u"}, {"ids", "g2;g1;g3"}}));
    CHECK(mapped.user_name == "u");
    CHECK(mapped.group_ids == Names{"g1", "g2", "g3"});
    REQUIRE(mapped.groups.size() == 1);
    CHECK(mapped.groups[0].domain.name == "Default");
}

TEST_CASE("groups in the form of Keystone's own assertions carry their domains") {
    const auto rules = rule({{"user", {{"name", "{0}"}}}, {"groups", "{1}"}},
                            {{{"type", "openstack_user"}}, {{"type", "openstack_groups"}}});
    auto mapped = apply_rules(
        rules, assertion_of({{"openstack_user", "u"},
                             {"openstack_groups",
                              R"(JSON:{"name":"a","domain":{"name":"D"}};JSON:{"name":"b","domain":{"id":"x"}})"}}));
    REQUIRE(names_of(mapped) == Names{"a", "b"});
    CHECK(mapped.groups[1].domain.id == "x");
    CHECK_THROWS_AS(apply_rules(rules, assertion_of({{"openstack_user", "u"}, {"openstack_groups", "bare"}})),
                    api::Fault);
    CHECK_THROWS_AS(
        apply_rules(rules, assertion_of({{"openstack_user", "u"}, {"openstack_groups", "JSON:{\"name\":"}})),
        api::Fault);
}

TEST_CASE("projects with roles, and local users") {
    const auto rules = rule({{"user", {{"name", "{0}"}}},
                             {"projects",
                              {{{"name", "Production"}, {"roles", {{{"name", "reader"}}}}},
                               {{"name", "Project of {0}"}, {"roles", {{{"name", "admin"}}, {{"name", "member"}}}}}}}},
                            {{{"type", "UserName"}}});
    const auto mapped = apply_rules(rules, assertion_of({{"UserName", "u"}}));
    REQUIRE(mapped.projects.size() == 2);
    CHECK(mapped.projects[1].name == "Project of u");
    CHECK(mapped.projects[1].roles == Names{"admin", "member"});
    const auto local =
        rule({{"user", {{"name", "{0}"}, {"type", "local"}, {"domain", {{"name", "D"}}}}}}, {{{"type", "UserName"}}});
    const auto user = apply_rules(local, assertion_of({{"UserName", "u"}}));
    CHECK(user.user_type == UserType::local);
    CHECK(user.user_domain.name == "D");
}

TEST_CASE("from the second version on a rule's domain is that of its projects and user, unless they name one") {
    const auto rules = rule({{"user", {{"name", "{0}"}}},
                             {"domain", {{"name", "all"}}},
                             {"projects",
                              {{{"name", "p"}, {"roles", {{{"name", "member"}}}}},
                               {{"name", "q"}, {"domain", {{"id", "own"}}}, {"roles", json::array()}}}}},
                            {{{"type", "UserName"}}});
    const auto assertion = assertion_of({{"UserName", "u"}});
    const auto second = apply_rules(rules, assertion, RuleVersion::second);
    CHECK(second.user_domain.name == "all");
    REQUIRE(second.projects.size() == 2);
    CHECK(second.projects[0].domain.name == "all");
    CHECK(second.projects[1].domain.id == "own");
    CHECK_FALSE(second.only_these_projects);
    CHECK(apply_rules(rules, assertion).user_domain.empty());
    CHECK(problem_of_rules(rules, RuleVersion::first));
    CHECK_FALSE(problem_of_rules(rules, RuleVersion::second));
}

TEST_CASE("the third version takes projects from the assertion") {
    const auto rules = rule({{"user", {{"name", "{0}"}}}, {"projects_json", "{1}"}, {"domain", {{"id", "d"}}}},
                            {{{"type", "UserName"}}, {{"type", "Projects"}}});
    CHECK(problem_of_rules(rules, RuleVersion::second));
    CHECK_FALSE(problem_of_rules(rules, RuleVersion::third));
    const auto with = [&](const std::string& projects) {
        return apply_rules(rules, {{"UserName", {"u"}}, {"Projects", {projects}}}, RuleVersion::third);
    };
    const auto mapped = with(
        R"([{"name": "p", "roles": [{"name": "member"}, {"name": "reader"}]}, {"name": "q", "domain": {"name": "x"}, "roles": []}])");
    REQUIRE(mapped.projects.size() == 2);
    CHECK((mapped.projects[0].roles == Names{"member", "reader"}));
    CHECK(mapped.projects[0].domain.id == "d");
    CHECK(mapped.projects[1].domain.name == "x");
    CHECK(mapped.only_these_projects);
    CHECK(with(R"({"name": "one", "roles": []})").projects.size() == 1);
    CHECK(with("[]").projects.empty());
    for (const char* wrong : {"", "p", "7", "[7]", R"([{"name": "p"}])", R"([{"name": 1, "roles": []}])",
                              R"([{"name": "p", "roles": [{}]}])", R"([{"name": "p", "domain": 1, "roles": []}])"})
        CHECK_THROWS_AS(with(wrong), api::Fault);
}

TEST_CASE("a place that nothing takes, braces that do not match and an empty name are 401") {
    const auto assertion = assertion_of({{"UserName", "u"}, {"g", "x"}});
    for (const char* name : {"{1}", "{0", "0}", "{name}", "{99999999999999999999}"})
        CHECK_THROWS_AS(apply_rules(rule({{"user", {{"name", name}}}}, {{{"type", "UserName"}}}), assertion),
                        api::Fault);
    CHECK_THROWS_AS(
        apply_rules(rule({{"user", {{"name", "{0}"}}}}, {{{"type", "g"}, {"whitelist", {"y"}}}}), assertion),
        api::Fault);
    CHECK(apply_rules(rule({{"user", {{"name", "{{{}}}"}}}}, {{{"type", "UserName"}}}), assertion).user_name == "{u}");
}

TEST_CASE("a regular expression that would run away elsewhere is harmless, one that does not parse is named") {
    CHECK(problem_of_rules(
        rule({{"user", {{"name", "{0}"}}}}, {{{"type", "a"}, {"any_one_of", {"(?=x)"}}, {"regex", true}}})));
    CHECK(problem_of_rules(
        rule({{"user", {{"name", "{0}"}}}}, {{{"type", "a"}, {"whitelist", {"[a"}}, {"regex", true}}})));
    CHECK(problem_of_rules(rule({{"user", {{"name", "{0}"}}}},
                                {{{"type", "a"}, {"whitelist", {std::string(5000, 'a')}}, {"regex", true}}})));
    const auto evil =
        rule({{"user", {{"name", "{0}"}}}},
             {{{"type", "UserName"}}, {{"type", "a"}, {"not_any_of", {"^(a+)+$", "(.*)*x"}}, {"regex", true}}});
    CHECK_FALSE(problem_of_rules(evil));
    const auto started = std::chrono::steady_clock::now();
    apply_rules(evil, assertion_of({{"UserName", "u"}, {"a", std::string(50'000, 'a') + "!"}}));
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));
}

TEST_CASE("an assertion that is too large is refused") {
    Assertion large;
    large["UserName"] = {"u"};
    for (std::size_t i = 0; i <= kMostValues; ++i) large["g"].push_back("v");
    CHECK_THROWS_AS(apply_rules(rule({{"user", {{"name", "{0}"}}}}, {{{"type", "UserName"}}}), large), api::Fault);
}

TEST_CASE("lists as Python writes them") {
    CHECK(read_python_list("['a', \"b\", 3]") == Names{"a", "b", "3"});
    CHECK(read_python_list("[]") == Names{});
    CHECK(read_python_list(R"(['it\'s', 'a\\b'])") == Names{"it's", "a\\b"});
    for (const char* other : {"a", "['a'", "['a' 'b']", "[a]", "['a'] x", "('a',)", "['a\\"})
        CHECK_FALSE(read_python_list(other));
}

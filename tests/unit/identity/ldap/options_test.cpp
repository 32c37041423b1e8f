#include "identity/ldap/options.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "identity/ldap/connection.hpp"
#include "identity/ldap/directory.hpp"

using namespace cumulet::identity::ldap;
using nlohmann::json;

namespace {
const json kDefaults{{"url", "ldap://localhost"},
                     {"suffix", "dc=x"},
                     {"query_scope", "one"},
                     {"user_objectclass", "inetOrgPerson"},
                     {"group_objectclass", "groupOfNames"},
                     {"user_enabled_default", "True"},
                     {"tls_req_cert", "demand"},
                     {"pool_size", 10},
                     {"pool_connection_lifetime", 600}};
}

TEST_CASE("texts in a filter mean nothing but themselves") {
    CHECK(escaped("Jane Doe") == "Jane Doe");
    CHECK(escaped("*)(uid=*") == R"(\2a\29\28uid=\2a)");
    CHECK(escaped(std::string("a\0\\b", 4)) == R"(a\00\5cb)");
    CHECK(escaped("j\xc3\xa4ne") == "j\xc3\xa4ne");
}

TEST_CASE("options come as texts or with their types, and trees are below the suffix unless named") {
    auto options = read_options(
        {{"query_scope", "sub"}, {"page_size", "100"}, {"use_tls", "True"}, {"user_filter", "a=b"}}, kDefaults);
    CHECK(options.whole_subtree);
    CHECK(options.page_size == 100);
    CHECK(options.use_tls);
    CHECK(options.users.tree_dn == "ou=Users,dc=x");
    CHECK(options.groups.tree_dn == "ou=UserGroups,dc=x");
    CHECK(options.users.filter == "(a=b)");
    CHECK(options.enabled_default);
    CHECK(read_options({{"page_size", 5}, {"user_tree_dn", "ou=p,dc=x"}}, kDefaults).users.tree_dn == "ou=p,dc=x");
    CHECK(read_options({{"user_enabled_mask", 2}, {"user_enabled_default", "512"}}, kDefaults).enabled_default_number ==
          512);
}

TEST_CASE("options that make no sense are named") {
    for (const json& bad :
         {json{{"query_scope", "base"}}, json{{"page_size", "many"}}, json{{"use_tls", "perhaps"}},
          json{{"tls_req_cert", "sometimes"}}, json{{"pool_size", 0}}, json{{"user_enabled_emulation", true}}})
        CHECK_THROWS_AS(read_options(bad, kDefaults), std::runtime_error);
}

TEST_CASE("a directory that is not there is an error soon") {
    Directory directory(read_options({{"url", "ldap://127.0.0.1:1"}}, kDefaults));
    CHECK_THROWS_AS(directory.users(), DirectoryError);
    CHECK_THROWS_AS(directory.is_password("cn=a,dc=x", "p"), DirectoryError);
}

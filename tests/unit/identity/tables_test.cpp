#include "identity/api/tables.hpp"

#include <catch2/catch.hpp>

#include "common/api/service.hpp"

using namespace cumulet;

TEST_CASE("every endpoint of the identity API has a policy, a schema where it takes a body, and a summary") {
    for (const auto& problem : api::table_problems(identity::all_endpoints(), identity::more_rules()))
        FAIL_CHECK(problem);
}

TEST_CASE("the identity API's policy rules parse and refer to known rules") {
    CHECK_NOTHROW(auth::PolicyEngine(identity::all_rules()));
}

#include "objectstore/records.hpp"

#include <catch2/catch.hpp>

#include "tests/support/record_schemas.hpp"

using namespace cumulet;

TEST_CASE("records of the object store service are laid out as their versions say") {
    const auto here = std::filesystem::path(__FILE__).parent_path();
    test::require_known_schemas(objectstore::record_schemas(), here / "records.txt");
}

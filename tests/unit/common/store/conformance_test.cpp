#include <catch2/catch.hpp>

#include "stores_under_test.hpp"

using namespace cumulet::store;

TEMPLATE_TEST_CASE("an engine conforms", "", MemoryUnderTest, RocksdbUnderTest) {
    for (const auto& rule : conformance_rules()) {
        DYNAMIC_SECTION(rule.name) {
            TestType store;
            if (store.durable() || !rule.durable_only) rule.check(store);
        }
    }
}

#include <catch2/catch.hpp>

#include "stores_under_test.hpp"

using namespace cumulet::store;

TEMPLATE_TEST_CASE("an engine conforms", "", MemoryUnderTest, RocksdbUnderTest) {
    for (const auto& rule : conformance_rules()) {
        DYNAMIC_SECTION(rule.name) {
            TestType store;
            rule.check(store);
        }
    }
}

TEMPLATE_TEST_CASE("a durable engine conforms", "", RocksdbUnderTest) {
    for (const auto& rule : durable_conformance_rules()) {
        DYNAMIC_SECTION(rule.name) {
            TestType store;
            rule.check(store);
        }
    }
}

#include "tests/support/record_schemas.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

namespace cumulet::test {

void require_known_schemas(const std::vector<std::string>& schemas, const std::filesystem::path& file) {
    std::vector<std::string> known;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) known.push_back(line);
    REQUIRE_FALSE(known.empty());
    const auto has = [](const std::vector<std::string>& list, const std::string& line) {
        return std::find(list.begin(), list.end(), line) != list.end();
    };
    for (const auto& schema : schemas) {
        INFO("not in " << file.filename().string() << ": " << schema);
        CHECK(has(known, schema));
    }
    for (const auto& line : known) {
        INFO("no record is like this any more: " << line);
        CHECK(has(schemas, line));
    }
}

}  // namespace cumulet::test

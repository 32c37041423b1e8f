// A check that rows which are stored already stay readable.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cumulet::test {

// Fails the test case for each of `schemas` that is no line of the file, and each line that is none of them. Who
// changes the fields of a record raises its version and writes its new line into the file.
void require_known_schemas(const std::vector<std::string>& schemas, const std::filesystem::path& file);

}  // namespace cumulet::test

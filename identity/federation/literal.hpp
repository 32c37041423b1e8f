// Lists of texts as Python writes them, which is how mappings and web servers hand several values over in one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::identity::federation {

// "['a', \"b\"]" as its elements; nullopt for any other text. Only lists of texts and numbers are read.
std::optional<std::vector<std::string>> read_python_list(std::string_view text);

}  // namespace cumulet::identity::federation

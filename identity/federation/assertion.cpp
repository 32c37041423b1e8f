#include "identity/federation/assertion.hpp"

#include "common/runtime/text.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation {

std::vector<std::string> split_values(std::string_view text) {
    std::vector<std::string> values;
    for (const auto part : text::split(text, ';')) values.emplace_back(part);
    return values;
}

void check_size(const Assertion& assertion) {
    std::size_t values = 0, bytes = 0;
    for (const auto& [name, list] : assertion) {
        values += list.size();
        bytes += name.size();
        for (const auto& value : list) bytes += value.size();
    }
    if (assertion.size() > kMostAttributes || values > kMostValues || bytes > kMostAssertionBytes)
        throw unauthorized("the assertion is too large");
}

}  // namespace cumulet::identity::federation

#include "compute/protocol/json.hpp"

namespace cumulet::compute::protocol {

nlohmann::json parse(std::string_view text) {
    auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) throw ProtocolError("a message is not JSON");
    return json;
}

void wrong_type(std::string_view field) { throw ProtocolError("'" + std::string(field) + "' has the wrong type"); }

Timestamp timestamp_from(const nlohmann::json& value, std::string_view field) {
    if (!value.is_string()) wrong_type(field);
    auto time = parse_iso(value.get_ref<const std::string&>());
    if (!time) wrong_type(field);
    return *time;
}

}  // namespace cumulet::compute::protocol

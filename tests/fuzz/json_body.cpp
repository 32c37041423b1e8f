// Request bodies: read or refused with a Fault; what was read is checked against a schema and explained.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "common/api/fault.hpp"
#include "common/api/json_body.hpp"
#include "common/api/schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cumulet::api;
    static const RequestSchema schema(R"({"type": "object", "additionalProperties": false, "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-z ]+$"},
        "meta": {"type": "object", "patternProperties": {"^[-a-zA-Z0-9_:. ]{1,255}$": {"type": "string"}}, "additionalProperties": false},
        "list": {"type": "array", "uniqueItems": true, "items": {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "null"}]}},
        "id": {"type": "string", "format": "uuid"}, "at": {"type": "string", "format": "date-time"}}})");
    try {
        const auto body = parse_json_body({reinterpret_cast<const char*>(data), size});
        schema.check(body, {2, 1});
    } catch (const Fault&) {
    }
    return 0;
}

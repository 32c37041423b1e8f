// JSON Schemas of this API's bodies: each resource's attributes once, wrapped for single, bulk and update requests.
#pragma once

#include <array>
#include <string_view>

namespace cumulet::compute::networks::schema {

// Texts glued at compile time.
template <const std::string_view&... parts>
struct Join {
    static constexpr auto glue() {
        std::array<char, (parts.size() + ... + 0)> out{};
        std::size_t at = 0;
        auto append = [&](std::string_view part) {
            for (char c : part) out[at++] = c;
        };
        (append(parts), ...);
        return out;
    }
    static constexpr auto kBytes = glue();
    static constexpr std::string_view kText{kBytes.data(), kBytes.size()};
};

// Types that many attributes have. Booleans and numbers are taken as text too, as clients of this API have always sent
// them.
inline constexpr std::string_view kTypes = R"J(
 "name":{"type":["string","null"],"maxLength":255},
 "id":{"type":"string","minLength":1,"maxLength":64},
 "id_or_null":{"type":["string","null"],"maxLength":64},
 "flag":{"anyOf":[{"type":["boolean","null"]},{"enum":[0,1,"0","1","true","false","True","False"]}]},
 "number":{"anyOf":[{"type":["integer","null"]},{"type":"string","pattern":"^-?[0-9]{0,10}$"}]},
 "text":{"type":["string","null"],"maxLength":1024},
 "names":{"type":["array","null"],"maxItems":1024,"items":{"type":"string","maxLength":255}},
 "routes":{"type":["array","null"],"maxItems":100,"items":{"type":"object","additionalProperties":false,"required":["destination","nexthop"],
  "properties":{"destination":{"type":"string","maxLength":64},"nexthop":{"type":"string","maxLength":64}}}},
 "pools":{"type":["array","null"],"maxItems":100,"items":{"type":"object","additionalProperties":false,"required":["start","end"],
  "properties":{"start":{"type":"string","maxLength":64},"end":{"type":"string","maxLength":64}}}},
 "fixed_ips":{"type":["array","null"],"maxItems":100,"items":{"type":"object","additionalProperties":false,
  "properties":{"subnet_id":{"type":"string","maxLength":64},"ip_address":{"type":"string","maxLength":64}}}},
 "gateway":{"type":["object","null"],"additionalProperties":false,"properties":{"network_id":{"$ref":"#/definitions/id_or_null"},
  "enable_snat":{"$ref":"#/definitions/flag"},"external_fixed_ips":{"$ref":"#/definitions/fixed_ips"}}},
)J";

inline constexpr std::string_view kOpenOne =
    R"J({"type":"object","additionalProperties":false,"minProperties":1,"maxProperties":1,"properties":{")J";
inline constexpr std::string_view kItem = R"J(":{"$ref":"#/definitions/item"})J";
inline constexpr std::string_view kComma = R"J(,")J";
inline constexpr std::string_view kItems =
    R"J(":{"type":"array","minItems":1,"maxItems":1000,"items":{"$ref":"#/definitions/item"}})J";
inline constexpr std::string_view kDefinitions = R"J(},"definitions":{)J";
inline constexpr std::string_view kOpenItem = R"J("item":{"type":"object","additionalProperties":false,"properties":{
 "tenant_id":{"$ref":"#/definitions/id_or_null"},"project_id":{"$ref":"#/definitions/id_or_null"},
 "description":{"type":["string","null"],"maxLength":255},)J";
inline constexpr std::string_view kClose = R"J(}}}})J";

// {"network": {…}} or {"networks": [{…}, …]}
template <const std::string_view& singular, const std::string_view& plural, const std::string_view& properties>
inline constexpr std::string_view kCreate =
    Join<kOpenOne, singular, kItem, kComma, plural, kItems, kDefinitions, kTypes, kOpenItem, properties, kClose>::kText;
// {"network": {…}}
template <const std::string_view& singular, const std::string_view& properties>
inline constexpr std::string_view kUpdate =
    Join<kOpenOne, singular, kItem, kDefinitions, kTypes, kOpenItem, properties, kClose>::kText;

}  // namespace cumulet::compute::networks::schema

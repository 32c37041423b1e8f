#include <algorithm>
#include <set>
#include <stdexcept>

#include "common/api/microversion.hpp"
#include "common/api/schema.hpp"

namespace cumulet::api {

namespace {

using nlohmann::json;

Version version_of(const json& value) {
    const auto version = value.is_string() ? parse_version(value.get_ref<const std::string&>()) : std::nullopt;
    if (!version) throw std::logic_error("x-since and x-until are versions such as \"2.37\", not " + value.dump());
    return *version;
}

void collect(const json& node, std::set<Version>& boundaries) {
    if (node.is_object()) {
        if (auto since = node.find("x-since"); since != node.end()) boundaries.insert(version_of(*since));
        if (auto until = node.find("x-until"); until != node.end()) {
            auto next = version_of(*until);
            ++next.minor;
            boundaries.insert(next);
        }
    }
    if (node.is_structured())
        for (const auto& child : node) collect(child, boundaries);
}

bool exists_at(const json& node, Version version) {
    if (!node.is_object()) return true;
    if (auto since = node.find("x-since"); since != node.end() && version < version_of(*since)) return false;
    auto until = node.find("x-until");
    return until == node.end() || version <= version_of(*until);
}

// The validator compiles the expressions of patternProperties at every call; where one pattern is all there is, a check
// of the names and a schema for all values say the same.
void ease_patterns(json& node) {
    auto patterns = node.find("patternProperties");
    if (patterns == node.end() || patterns->size() != 1 || node.contains("properties") ||
        node.contains("propertyNames"))
        return;
    auto others = node.find("additionalProperties");
    if (others == node.end() || *others != json(false)) return;
    const std::string pattern = patterns->begin().key();
    json values = patterns->begin().value();
    node.erase("patternProperties");
    node["propertyNames"] = {{"pattern", pattern}};
    node["additionalProperties"] = std::move(values);
}

json reduced(const json& node, Version version) {
    if (node.is_array()) {
        json out = json::array();
        for (const auto& child : node)
            if (exists_at(child, version)) out.push_back(reduced(child, version));
        return out;
    }
    if (!node.is_object()) return node;
    json out = json::object();
    std::set<std::string> gone;
    for (const auto& [name, child] : node.items()) {
        if (name == "x-since" || name == "x-until") continue;
        if (exists_at(child, version))
            out[name] = reduced(child, version);
        else
            gone.insert(name);
    }
    if (auto properties = node.find("properties"); properties != node.end() && properties->is_object())
        for (const auto& [name, child] : properties->items())
            if (!exists_at(child, version)) gone.insert(name);
    if (auto required = out.find("required"); required != out.end() && required->is_array()) {
        json kept = json::array();
        for (const auto& name : *required)
            if (!name.is_string() || !gone.contains(name.get<std::string>())) kept.push_back(name);
        if (kept.empty())
            out.erase("required");
        else
            *required = std::move(kept);
    }
    ease_patterns(out);
    return out;
}

}  // namespace

json schema_at(const json& schema, Version version) { return reduced(schema, version); }

std::vector<Version> schema_boundaries(const json& schema) {
    std::set<Version> boundaries;
    collect(schema, boundaries);
    return {boundaries.begin(), boundaries.end()};
}

}  // namespace cumulet::api

#include <algorithm>
#include <set>

#include "common/api/python_text.hpp"
#include "common/api/schema.hpp"

namespace cumulet::api {

namespace {

using nlohmann::json;

const json* child_of(const json& value, const std::string& step) {
    if (value.is_object()) {
        auto found = value.find(step);
        return found == value.end() ? nullptr : &*found;
    }
    if (value.is_array() && !step.empty() && step.size() < 10 &&
        step.find_first_not_of("0123456789") == std::string::npos) {
        const std::size_t at = std::stoul(step);
        return at < value.size() ? &value[at] : nullptr;
    }
    return nullptr;
}

const json* resolve(const json& root, const json* node) {
    for (int hops = 0; hops < 20 && node && node->is_object() && node->contains("$ref"); ++hops) {
        const auto& reference = (*node)["$ref"];
        if (!reference.is_string() || !reference.get_ref<const std::string&>().starts_with("#/")) return node;
        const json::json_pointer pointer(reference.get<std::string>().substr(1));
        if (!root.contains(pointer)) return node;
        node = &root.at(pointer);
    }
    return node;
}

// Every part of the schema that speaks about the value at `path`.
void parts_at(const json& root, const json* node, const std::vector<std::string>& path, std::size_t depth,
              std::vector<const json*>& out) {
    node = resolve(root, node);
    if (!node || !node->is_object() || out.size() > 100) return;
    if (depth == path.size()) out.push_back(node);
    for (const char* group : {"allOf", "anyOf", "oneOf"})
        if (auto found = node->find(group); found != node->end())
            for (const auto& alternative : *found) parts_at(root, &alternative, path, depth, out);
    if (depth == path.size()) return;
    const auto& step = path[depth];
    bool named = false;
    if (auto properties = node->find("properties"); properties != node->end())
        if (auto found = properties->find(step); found != properties->end()) {
            named = true;
            parts_at(root, &*found, path, depth + 1, out);
        }
    if (auto patterns = node->find("patternProperties"); patterns != node->end())
        for (const auto& schema : *patterns) parts_at(root, &schema, path, depth + 1, out);
    if (auto others = node->find("additionalProperties"); !named && others != node->end())
        parts_at(root, &*others, path, depth + 1, out);
    if (auto items = node->find("items"); items != node->end()) {
        if (items->is_array())
            for (const auto& item : *items) parts_at(root, &item, path, depth + 1, out);
        else
            parts_at(root, &*items, path, depth + 1, out);
    }
}

// The value of a keyword in the first part that has it; null when none does.
json keyword(const std::vector<const json*>& parts, const char* name) {
    for (const auto* part : parts)
        if (auto found = part->find(name); found != part->end()) return *found;
    return nullptr;
}

std::string quoted_list(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + python_repr(json(name));
    return out;
}

std::string type_message(const json& value, const std::vector<const json*>& parts) {
    std::vector<std::string> types;
    const json declared = keyword(parts, "type");
    if (declared.is_string()) types.push_back(declared);
    if (declared.is_array())
        for (const auto& type : declared)
            if (type.is_string()) types.push_back(type);
    return python_repr(value) + " is not of type " + quoted_list(types);
}

std::string unexpected_message(const json& value, const std::vector<const json*>& parts) {
    std::vector<std::string> unexpected;
    std::set<std::string> known;
    for (const auto* part : parts)
        if (auto properties = part->find("properties"); properties != part->end())
            for (const auto& [name, schema] : properties->items()) known.insert(name);
    if (value.is_object())
        for (const auto& [name, item] : value.items())
            if (!known.contains(name) && unexpected.size() < 20) unexpected.push_back(name);
    return "Additional properties are not allowed (" + quoted_list(unexpected) +
           (unexpected.size() == 1 ? " was unexpected)" : " were unexpected)");
}

std::string between_quotes(const std::string& text) {
    const auto first = text.find('\'');
    const auto last = text.rfind('\'');
    return first == std::string::npos || last <= first ? std::string() : text.substr(first + 1, last - first - 1);
}

std::string message_of(const std::string& description, const json& value, const std::vector<const json*>& parts) {
    auto says = [&](std::string_view start) { return description.starts_with(start); };
    const std::string shown = python_repr(value);
    if (says("Value type not permitted")) return type_message(value, parts);
    if (says("Failed to match against any enum"))
        return shown + " is not one of " + python_repr(keyword(parts, "enum"));
    if (says("Missing required property"))
        return python_repr(json(between_quotes(description))) + " is a required property";
    if (says("Object contains a property that")) return unexpected_message(value, parts);
    if (says("unexpected name"))
        return "Additional properties are not allowed (" + python_repr(json(between_quotes(description))) +
               " was unexpected)";
    if (says("String should be no more than") || says("Array should contain no more than"))
        return shown + " is too long";
    if (says("String should be no fewer than") || says("Array should contain no fewer than"))
        return shown + " is too short";
    if (says("Expected number less than"))
        return shown + " is greater than the maximum of " + keyword(parts, "maximum").dump();
    if (says("Expected number greater than"))
        return shown + " is less than the minimum of " + keyword(parts, "minimum").dump();
    if (says("Object should have no more than")) return shown + " has too many properties";
    if (says("Object should have no fewer than")) return shown + " does not have enough properties";
    if (says("Elements at indexes")) return shown + " has non-unique elements";
    if (says("Value should be a multiple"))
        return shown + " is not a multiple of " + keyword(parts, "multipleOf").dump();
    if (says("Failed to validate against any") || says("Failed to validate against exactly one"))
        return shown + " is not valid under any of the given schemas";
    if (says("Target should not validate"))
        return shown + " should not be valid under " + python_repr(keyword(parts, "not"));
    if (says("Failed to match expected value")) return python_repr(keyword(parts, "const")) + " was expected";
    if (says("Missing dependency")) return python_repr(json(between_quotes(description))) + " is a dependency";
    if (says("does not match") || says("is not a ")) return shown + " " + description;
    return description;
}

bool is_alternative(const RawError& error) {
    return error.description.starts_with("Failed to validate against any") ||
           error.description.starts_with("Failed to validate against exactly one");
}

// The validator lists what went wrong inside alternatives before it says that none fitted: that one is told.
const RawError& chosen(const std::vector<RawError>& errors) {
    const RawError& first = errors.front();
    for (const auto& error : errors)
        if (is_alternative(error) && error.path.size() <= first.path.size() &&
            std::equal(error.path.begin(), error.path.end(), first.path.begin()))
            return error;
    return first;
}

}  // namespace

SchemaProblem explain(const json& schema, const json& document, const std::vector<RawError>& errors) {
    if (errors.empty()) return {{}, document, "The request body is not valid."};
    const RawError& error = chosen(errors);
    const json* value = &document;
    for (const auto& step : error.path) {
        const json* next = child_of(*value, step);
        if (!next) break;
        value = next;
    }
    std::vector<const json*> parts;
    parts_at(schema, &schema, error.path, 0, parts);
    return {error.path, *value, message_of(error.description, *value, parts)};
}

}  // namespace cumulet::api

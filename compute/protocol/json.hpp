// JSON into the structs of the protocol: by field names, unknown members left alone and missing ones at their defaults,
// so that agents and compute daemons of neighbouring versions understand each other. The other way is store::to_json.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/store/record.hpp"

namespace cumulet::compute::protocol {

// A message that is not what it should be: says where.
class ProtocolError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Parses text. Throws ProtocolError.
nlohmann::json parse(std::string_view text);
[[noreturn]] void wrong_type(std::string_view field);
Timestamp timestamp_from(const nlohmann::json& value, std::string_view field);

// Throws ProtocolError naming the field.
template <class T>
void from_json(const nlohmann::json& json, T& value, std::string_view field = "message") {
    namespace detail = store::detail;
    if constexpr (std::is_same_v<T, nlohmann::json>) {
        value = json;
    } else if constexpr (std::is_same_v<T, Timestamp>) {
        value = timestamp_from(json, field);
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) wrong_type(field);
        value = json.get<bool>();
    } else if constexpr (std::is_enum_v<T>) {
        if (!json.is_string()) wrong_type(field);
        auto known = store::enum_value<T>(json.get_ref<const std::string&>());
        if (!known) wrong_type(field);
        value = *known;
    } else if constexpr (std::is_arithmetic_v<T>) {
        if (!json.is_number()) wrong_type(field);
        value = json.get<T>();
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!json.is_string()) wrong_type(field);
        value = json.get_ref<const std::string&>();
    } else if constexpr (detail::is_optional<T>::value) {
        if (json.is_null())
            value.reset();
        else
            from_json(json, value.emplace(), field);
    } else if constexpr (detail::is_vector<T>::value) {
        if (!json.is_array()) wrong_type(field);
        value.clear();
        value.reserve(json.size());
        for (const auto& item : json) from_json(item, value.emplace_back(), field);
    } else if constexpr (detail::is_set<T>::value) {
        if (!json.is_array()) wrong_type(field);
        value.clear();
        for (const auto& item : json) {
            typename T::value_type element{};
            from_json(item, element, field);
            value.insert(std::move(element));
        }
    } else if constexpr (detail::is_string_map<T>::value) {
        if (!json.is_object()) wrong_type(field);
        value.clear();
        for (const auto& [key, item] : json.items()) from_json(item, value[key], field);
    } else {
        static_assert(store::Described<T>, "give the type a Describe<> with its fields");
        if (!json.is_object()) wrong_type(field);
        auto take = [&](const auto& each) {
            if (auto found = json.find(each.name); found != json.end())
                from_json(*found, value.*(each.member), each.name);
        };
        store::Describe<T>::fields.apply([&](const auto&... each) { (take(each), ...); });
    }
}

template <class T>
T from_json(const nlohmann::json& json) {
    T value{};
    from_json(json, value);
    return value;
}

}  // namespace cumulet::compute::protocol

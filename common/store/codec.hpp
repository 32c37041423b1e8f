// Values as bytes: MessagePack (by msgpuck) of the fields of a record, in the order of their declaration. Fields are
// only ever appended: a reader takes what it knows, leaves what it does not, and keeps defaults for what is missing, so
// that older and newer binaries read each other's records.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/store/list.hpp"

namespace cumulet::store {

// Bytes that are no value of the expected type: damage, or a record written by something else.
class CodecError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Encoder {
public:
    void nil();
    void boolean(bool value);
    void integer(std::int64_t value);
    void unsigned_integer(std::uint64_t value);
    void real(double value);
    void string(std::string_view value);
    void array(std::uint32_t size);
    void map(std::uint32_t size);
    void raw(std::string_view values);  // encoded already
    std::string take() { return std::move(bytes_); }

private:
    char* grow(std::size_t by);
    std::string bytes_;
};

class Decoder {
public:
    // Checks once that `bytes` is one well-formed value. Throws CodecError.
    explicit Decoder(std::string_view bytes);

    enum class Kind { nil, boolean, unsigned_integer, integer, real, string, array, map, other };
    // What comes next. Each reader below throws CodecError when it is something else; nothing reads past the end.
    Kind next() const;
    bool at_nil() const;
    void nil();
    bool boolean();
    std::int64_t integer();
    std::uint64_t unsigned_integer();
    double real();
    std::string_view string();
    std::uint32_t array();
    std::uint32_t map();
    void skip();
    std::string_view rest() const;  // the bytes of all that is left

private:
    void expect(Kind kind, const char* what) const;
    const char* at_;
    const char* end_;
};

// Specialised for each struct kept in the store: `fields` at least; see record.hpp for records.
template <class T>
struct Describe;

template <class Owner, class T>
struct Field {
    std::string_view name;
    T Owner::*member;
};
template <class Owner, class T>
constexpr Field<Owner, T> field(std::string_view name, T Owner::*member) {
    return {name, member};
}

template <class T>
concept Described = requires { Describe<T>::fields; };

// Enums are stored by name: specialise with `static constexpr std::array<std::pair<E, std::string_view>, N> names`.
template <class E>
struct EnumNames;

template <class E>
constexpr std::string_view enum_name(E value) {
    for (const auto& [candidate, name] : EnumNames<E>::names)
        if (candidate == value) return name;
    return "";
}
template <class E>
constexpr std::optional<E> enum_value(std::string_view name) {
    for (const auto& [candidate, candidate_name] : EnumNames<E>::names)
        if (candidate_name == name) return candidate;
    return std::nullopt;
}

void encode_json(Encoder& out, const nlohmann::json& value);
nlohmann::json decode_json(Decoder& in);

template <class T>
void encode(Encoder& out, const T& value);
template <class T>
void decode(Decoder& in, T& value);

namespace detail {
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_string_map : std::false_type {};
template <class T, class C>
struct is_string_map<std::map<std::string, T, C>> : std::true_type {};
template <class T>
struct is_set : std::false_type {};
template <class T, class C>
struct is_set<std::set<T, C>> : std::true_type {};

template <class T, class Wide>
T narrow(Wide value) {
    auto narrow = static_cast<T>(value);
    if (static_cast<Wide>(narrow) != value) throw CodecError("an integer is out of range");
    return narrow;
}
}  // namespace detail

template <class T>
void encode(Encoder& out, const T& value) {
    if constexpr (std::is_same_v<T, bool>)
        out.boolean(value);
    else if constexpr (std::is_unsigned_v<T>)
        out.unsigned_integer(value);
    else if constexpr (std::is_integral_v<T>)
        out.integer(value);
    else if constexpr (std::is_floating_point_v<T>)
        out.real(value);
    else if constexpr (std::is_enum_v<T>)
        out.string(enum_name(value));
    else if constexpr (std::is_same_v<T, std::string>)
        out.string(value);
    else if constexpr (std::is_same_v<T, Timestamp>)
        out.integer(value.time_since_epoch().count());
    else if constexpr (std::is_same_v<T, nlohmann::json>)
        encode_json(out, value);
    else if constexpr (detail::is_optional<T>::value) {
        if (value)
            encode(out, *value);
        else
            out.nil();
    } else if constexpr (detail::is_vector<T>::value || detail::is_set<T>::value) {
        out.array(static_cast<std::uint32_t>(value.size()));
        for (const auto& item : value) encode(out, item);
    } else if constexpr (detail::is_string_map<T>::value) {
        out.map(static_cast<std::uint32_t>(value.size()));
        for (const auto& [key, item] : value) {
            out.string(key);
            encode(out, item);
        }
    } else {
        static_assert(Described<T>, "give the type a Describe<> with its fields");
        out.array(Describe<T>::fields.size);
        Describe<T>::fields.apply([&](const auto&... each) { (encode(out, value.*(each.member)), ...); });
    }
}

template <class T>
void decode(Decoder& in, T& value) {
    if constexpr (std::is_same_v<T, bool>)
        value = in.boolean();
    else if constexpr (std::is_unsigned_v<T>)
        value = detail::narrow<T>(in.unsigned_integer());
    else if constexpr (std::is_integral_v<T>)
        value = detail::narrow<T>(in.integer());
    else if constexpr (std::is_floating_point_v<T>)
        value = static_cast<T>(in.real());
    else if constexpr (std::is_enum_v<T>) {
        auto name = in.string();
        auto known = enum_value<T>(name);
        if (!known) throw CodecError("unknown enumerator '" + std::string(name) + "'");
        value = *known;
    } else if constexpr (std::is_same_v<T, std::string>)
        value = std::string(in.string());
    else if constexpr (std::is_same_v<T, Timestamp>)
        value = Timestamp{Duration{in.integer()}};
    else if constexpr (std::is_same_v<T, nlohmann::json>)
        value = decode_json(in);
    else if constexpr (detail::is_optional<T>::value) {
        if (in.at_nil()) {
            in.nil();
            value.reset();
        } else {
            decode(in, value.emplace());
        }
    } else if constexpr (detail::is_vector<T>::value) {
        value.clear();
        for (auto left = in.array(); left > 0; --left) decode(in, value.emplace_back());
    } else if constexpr (detail::is_set<T>::value) {
        value.clear();
        for (auto left = in.array(); left > 0; --left) {
            typename T::value_type item{};
            decode(in, item);
            value.insert(std::move(item));
        }
    } else if constexpr (detail::is_string_map<T>::value) {
        value.clear();
        for (auto left = in.map(); left > 0; --left) {
            std::string key(in.string());
            decode(in, value[std::move(key)]);
        }
    } else {
        static_assert(Described<T>, "give the type a Describe<> with its fields");
        auto left = in.array();
        auto take = [&](const auto& each) {
            if (left == 0) return;
            --left;
            decode(in, value.*(each.member));
        };
        Describe<T>::fields.apply([&](const auto&... each) { (take(each), ...); });
        for (; left > 0; --left) in.skip();
    }
}

template <class T>
std::string encode_bytes(const T& value) {
    Encoder out;
    encode(out, value);
    return out.take();
}
template <class T>
T decode_bytes(std::string_view bytes) {
    Decoder in(bytes);
    T value{};
    decode(in, value);
    return value;
}

// One stored value as JSON without knowing its type (positions, not names): tools.
nlohmann::json to_json_untyped(std::string_view bytes);

}  // namespace cumulet::store

// Records: structs declared once, from which rows, indexes, change-log entries and their JSON are derived.
//
//     template <> struct Describe<Keypair> {
//         static constexpr std::string_view collection = "keypair";
//         static constexpr int version = 1;
//         static constexpr auto key = std::tuple{&Keypair::user_id, &Keypair::name};
//         static constexpr auto fields = std::tuple{field("user_id", &Keypair::user_id), ...};   // only ever appended
//         static constexpr auto indexes = std::tuple{index("fingerprint", &Keypair::fingerprint)};
//     };
//
// Three kinds of index:
//   index("name", parts...)            each row once, under its parts and then its key; holds a copy of the row, so that a
//                                      list is one range scan.
//   unique("name", parts...)           at most one row for its parts; a second one is a Fault-free UniqueViolation.
//   each("name", &R::a_set, ...)       a row once for every element of a vector or set of strings.
// A part is a member pointer, desc(member pointer) for integers and times, or a captureless lambda over the record.
// A row whose unique parts are all empty strings (or absent optionals) is not in that unique index.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/store/codec.hpp"
#include "common/store/key.hpp"

namespace cumulet::store {

enum class IndexKind { plain, unique, each };

template <class... Parts>
struct Index {
    std::string_view name;
    IndexKind kind;
    std::tuple<Parts...> parts;
};
template <class... Parts>
constexpr Index<Parts...> index(std::string_view name, Parts... parts) {
    return {name, IndexKind::plain, {parts...}};
}
template <class... Parts>
constexpr Index<Parts...> unique(std::string_view name, Parts... parts) {
    return {name, IndexKind::unique, {parts...}};
}
template <class... Parts>
constexpr Index<Parts...> each(std::string_view name, Parts... parts) {
    return {name, IndexKind::each, {parts...}};
}

template <class Owner, class T>
struct Descending {
    T Owner::*member;
};
template <class Owner, class T>
constexpr Descending<Owner, T> desc(T Owner::*member) {
    return {member};
}

template <class R>
concept Record = Described<R> && requires {
    Describe<R>::collection;
    Describe<R>::version;
    Describe<R>::key;
    Describe<R>::indexes;
};

namespace detail {

template <class R, class Part>
void append_part(std::string& key, const R& record, const Part& part) {
    if constexpr (requires { part.member; }) {
        const auto& value = record.*(part.member);
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, Timestamp>)
            append_key_descending(key, value.time_since_epoch().count());
        else
            append_key_descending(key, static_cast<std::int64_t>(value));
    } else {
        append_key_part(key, std::invoke(part, record));
    }
}

// The bytes that row keys and index keys of a collection start with.
std::string row_prefix(std::string_view collection);
std::string index_prefix(std::string_view collection, std::string_view index);

template <class R>
std::string key_parts(const R& record) {
    std::string key;
    std::apply([&](const auto&... part) { (append_part(key, record, part), ...); }, Describe<R>::key);
    return key;
}

// Every index entry of a record: (key, holds the row?, unique?).
struct IndexEntry {
    std::string key;
    bool unique = false;
    std::string_view index;
};
template <class R>
void index_entries(const R& record, std::vector<IndexEntry>& out) {
    const std::string primary = key_parts(record);
    auto one = [&](const auto& declared) {
        std::string key = index_prefix(Describe<R>::collection, declared.name);
        if (declared.kind == IndexKind::each) {
            if constexpr (requires { std::begin(std::invoke(std::get<0>(declared.parts), record)); }) {
                using First = std::remove_cvref_t<decltype(std::invoke(std::get<0>(declared.parts), record))>;
                if constexpr (!std::is_same_v<First, std::string>) {
                    for (const auto& element : std::invoke(std::get<0>(declared.parts), record)) {
                        std::string with = key;
                        append_key_part(with, element);
                        out.push_back({with + primary, false, declared.name});
                    }
                }
            }
            return;
        }
        const std::size_t bare = key.size();
        bool empty = true;
        auto append = [&](const auto& part) {
            if constexpr (requires { part.member; }) {
                empty = false;
                append_part(key, record, part);
            } else if constexpr (requires { std::begin(std::invoke(part, record)); } &&
                                 !std::is_convertible_v<decltype(std::invoke(part, record)), std::string_view>) {
                // Only `each` indexes walk containers.
            } else {
                const auto before = key.size();
                append_part(key, record, part);
                static const std::string kEmptyString = [] {
                    std::string s;
                    append_key(s, std::string_view(""));
                    return s;
                }();
                if (std::string_view(key).substr(before) != kEmptyString) empty = false;
            }
        };
        std::apply([&](const auto&... part) { (append(part), ...); }, declared.parts);
        if (declared.kind == IndexKind::unique) {
            if (!empty || key.size() == bare) out.push_back({std::move(key), true, declared.name});
        } else {
            out.push_back({key + primary, false, declared.name});
        }
    };
    std::apply([&](const auto&... declared) { (one(declared), ...); }, Describe<R>::indexes);
}

}  // namespace detail

// A stored row: the format version, then the fields.
template <Record R>
std::string encode_row(const R& record) {
    Encoder out;
    out.array(2);
    out.integer(Describe<R>::version);
    encode(out, record);
    return out.take();
}
template <Record R>
R decode_row(std::string_view bytes) {
    Decoder in(bytes);
    if (in.array() != 2) throw CodecError("not a row");
    in.integer();
    R record{};
    decode(in, record);
    return record;
}

// A record as JSON by the names of its fields: change-log readers and tools.
template <class T>
nlohmann::json to_json(const T& value) {
    if constexpr (std::is_same_v<T, Timestamp>)
        return to_iso_micros(value);
    else if constexpr (std::is_enum_v<T>)
        return enum_name(value);
    else if constexpr (detail::is_optional<T>::value)
        return value ? to_json(*value) : nlohmann::json(nullptr);
    else if constexpr (detail::is_vector<T>::value || detail::is_set<T>::value) {
        auto list = nlohmann::json::array();
        for (const auto& item : value) list.push_back(to_json(item));
        return list;
    } else if constexpr (detail::is_string_map<T>::value) {
        auto object = nlohmann::json::object();
        for (const auto& [key, item] : value) object[key] = to_json(item);
        return object;
    } else if constexpr (Described<T>) {
        auto object = nlohmann::json::object();
        std::apply([&](const auto&... each) { ((object[std::string(each.name)] = to_json(value.*(each.member))), ...); },
                   Describe<T>::fields);
        return object;
    } else {
        return nlohmann::json(value);
    }
}

}  // namespace cumulet::store

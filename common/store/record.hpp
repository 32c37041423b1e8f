// Records: structs declared once, from which rows, indexes, change-log entries and their JSON are derived.
//
//     template <> struct Describe<Keypair> {
//         static constexpr std::string_view collection = "keypair";
//         static constexpr int version = 1;
//         static constexpr auto key = List{&Keypair::user_id, &Keypair::name};
//         static constexpr auto fields = List{field("user_id", &Keypair::user_id), ...};   // only ever appended
//         static constexpr auto indexes = List{index("fingerprint", &Keypair::fingerprint)};
//     };
//
// Four kinds of index:
//   index("name", parts...)            each row once, under its parts and then its key.
//   thin("name", parts...)             the same, but an entry names its row and holds no copy of it: it is written only
//                                      when its parts change, and a walk reads every row.
//   unique("name", parts...)           at most one row for its parts; a second one is a UniqueViolation.
//   each("name", &R::a_set, parts...)  a row once for every element of a vector or set, then as index().
// Any other entry holds a copy of the row, so that a list is one range scan. After a change of `indexes` that existing
// stores must follow, ensure_indexes() (reindex.hpp) makes their entries anew.
// A part is a member pointer, desc(member pointer) for integers and times, or a captureless lambda over the record.
// A row whose unique parts are all empty strings (or absent optionals) is not in that unique index.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/codec.hpp"
#include "common/store/key.hpp"

namespace cumulet::store {

enum class IndexKind { plain, unique, each, thin };

template <IndexKind Kind, class... Parts>
struct Index {
    static constexpr IndexKind kind = Kind;
    std::string_view name;
    List<Parts...> parts;
};
template <class... Parts>
constexpr Index<IndexKind::plain, Parts...> index(std::string_view name, Parts... parts) {
    return {name, List<Parts...>(parts...)};
}
template <class... Parts>
constexpr Index<IndexKind::thin, Parts...> thin(std::string_view name, Parts... parts) {
    return {name, List<Parts...>(parts...)};
}
template <class... Parts>
constexpr Index<IndexKind::unique, Parts...> unique(std::string_view name, Parts... parts) {
    return {name, List<Parts...>(parts...)};
}
template <class... Parts>
constexpr Index<IndexKind::each, Parts...> each(std::string_view name, Parts... parts) {
    return {name, List<Parts...>(parts...)};
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

// The bytes that row keys and index keys of a collection start with.
std::string row_prefix(std::string_view collection);
std::string index_prefix(std::string_view collection, std::string_view index);

template <class T>
void append_descending(std::string& key, const T& value) {
    if constexpr (std::is_same_v<T, Timestamp>)
        append_key_descending(key, static_cast<std::int64_t>(value.time_since_epoch().count()));
    else {
        static_assert(std::is_integral_v<T>, "only integers and times sort from large to small");
        append_key_descending(key, static_cast<std::int64_t>(value));
    }
}

template <class R, class Part>
void append_part(std::string& key, const R& record, const Part& part) {
    append_key_part(key, std::invoke(part, record));
}
template <class R, class Owner, class T>
void append_part(std::string& key, const R& record, const Descending<Owner, T>& part) {
    append_descending(key, record.*(part.member));
}

template <class R, class... Parts>
void append_parts(std::string& key, const R& record, const Parts&... parts) {
    (append_part(key, record, parts), ...);
}

// Whether a part is an empty string or an absent optional.
template <class R, class Part>
bool is_blank(const R& record, const Part& part) {
    if constexpr (std::is_invocable_v<const Part&, const R&>) {
        const auto& value = std::invoke(part, record);
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (is_optional<Value>::value)
            return !value;
        else if constexpr (std::is_convertible_v<const Value&, std::string_view>)
            return std::string_view(value).empty();
    }
    return false;
}

template <class R>
std::string key_parts(const R& record) {
    std::string key;
    Describe<R>::key.apply([&](const auto&... parts) { append_parts(key, record, parts...); });
    return key;
}

struct IndexEntry {
    std::string_view index;
    std::string key;
    IndexKind kind = IndexKind::plain;
};

template <class R, IndexKind Kind, class... Parts>
void append_ordered(const R& record, const Index<Kind, Parts...>& declared, std::vector<IndexEntry>& out) {
    std::string key = index_prefix(Describe<R>::collection, declared.name);
    declared.parts.apply([&](const auto&... parts) { append_parts(key, record, parts...); });
    out.push_back({declared.name, key + key_parts(record), Kind});
}

template <class R, class... Parts>
void append_entries(const R& record, const Index<IndexKind::plain, Parts...>& declared, std::vector<IndexEntry>& out) {
    append_ordered(record, declared, out);
}
template <class R, class... Parts>
void append_entries(const R& record, const Index<IndexKind::thin, Parts...>& declared, std::vector<IndexEntry>& out) {
    append_ordered(record, declared, out);
}

template <class R, class... Parts>
void append_entries(const R& record, const Index<IndexKind::unique, Parts...>& declared, std::vector<IndexEntry>& out) {
    std::string key = index_prefix(Describe<R>::collection, declared.name);
    bool blank = true;
    declared.parts.apply([&](const auto&... parts) {
        append_parts(key, record, parts...);
        blank = (is_blank(record, parts) && ...);
    });
    if (!blank) out.push_back({declared.name, std::move(key), IndexKind::unique});
}

template <class R, class... Parts>
void append_entries(const R& record, const Index<IndexKind::each, Parts...>& declared, std::vector<IndexEntry>& out) {
    const std::string prefix = index_prefix(Describe<R>::collection, declared.name);
    std::string rest;
    declared.parts.apply([&](const auto&, const auto&... parts) { append_parts(rest, record, parts...); });
    rest += key_parts(record);
    const auto& elements = declared.parts.apply(
        [&](const auto& set, const auto&...) -> decltype(auto) { return std::invoke(set, record); });
    for (const auto& element : elements) {
        std::string key = prefix;
        append_key_part(key, element);
        out.push_back({declared.name, key + rest, IndexKind::each});
    }
}

// Every index entry that a record has.
template <class R>
std::vector<IndexEntry> index_entries(const R& record) {
    std::vector<IndexEntry> entries;
    Describe<R>::indexes.apply([&](const auto&... declared) { (append_entries(record, declared, entries), ...); });
    return entries;
}

template <class R>
bool has_index(std::string_view name) {
    return Describe<R>::indexes.apply([&](const auto&... declared) { return ((declared.name == name) || ...); });
}

template <class R>
bool is_thin(std::string_view name) {
    const auto thin = [&]<IndexKind Kind, class... Parts>(const Index<Kind, Parts...>& declared) {
        return Kind == IndexKind::thin && declared.name == name;
    };
    return Describe<R>::indexes.apply([&](const auto&... declared) { return (thin(declared) || ...); });
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

// `row`, which is to replace `before`: when a newer version wrote that, with the fields that only the newer one knows
// and with its version number, so that rolling a program back and forth loses nothing. Throws CodecError.
std::string keep_newer_fields(std::string_view before, std::string row);

namespace detail {

template <class T>
std::string type_name() {
    if constexpr (std::is_same_v<T, bool>)
        return "boolean";
    else if constexpr (std::is_integral_v<T>)
        return "integer";
    else if constexpr (std::is_floating_point_v<T>)
        return "real";
    else if constexpr (std::is_enum_v<T>)
        return "enum";
    else if constexpr (std::is_same_v<T, std::string>)
        return "string";
    else if constexpr (std::is_same_v<T, Timestamp>)
        return "time";
    else if constexpr (is_optional<T>::value)
        return type_name<typename T::value_type>() + "?";
    else if constexpr (is_vector<T>::value || is_set<T>::value)
        return "[" + type_name<typename T::value_type>() + "]";
    else if constexpr (is_string_map<T>::value)
        return "{string: " + type_name<typename T::mapped_type>() + "}";
    else if constexpr (Described<T>) {
        std::string name = "(";
        const auto one = [&]<class Owner, class Member>(const Field<Owner, Member>& each) {
            if (name.size() > 1) name += ", ";
            name += std::string(each.name) + ": " + type_name<Member>();
        };
        Describe<T>::fields.apply([&](const auto&... each) { (one(each), ...); });
        return name + ")";
    } else {
        return "json";
    }
}

}  // namespace detail

// What rows of a record look like, on one line: "keypair 1 (user_id: string, created_at: time)". Each service has a
// test that compares the lines of its records with a file, so that a change of fields is seen and its version raised.
template <Record R>
std::string schema_of() {
    return std::string(Describe<R>::collection) + " " + std::to_string(Describe<R>::version) + " " +
           detail::type_name<R>();
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
        Describe<T>::fields.apply(
            [&](const auto&... each) { ((object[std::string(each.name)] = to_json(value.*(each.member))), ...); });
        return object;
    } else {
        return nlohmann::json(value);
    }
}

}  // namespace cumulet::store

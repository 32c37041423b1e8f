// Index entries of rows that are there already, after the declaration of their indexes has changed.
#pragma once

#include "common/store/transaction.hpp"

namespace cumulet::store {

// Which declaration the index entries of a collection were made by.
struct IndexMark {
    std::string collection;
    std::string declaration;
};
template <>
struct Describe<IndexMark> {
    static constexpr std::string_view collection = "index_mark";
    static constexpr int version = 1;
    static constexpr auto key = List{&IndexMark::collection};
    static constexpr auto fields =
        List{field("collection", &IndexMark::collection), field("declaration", &IndexMark::declaration)};
    static constexpr auto indexes = List{};
};

namespace detail {

// Name, kind and number of parts of each index, and Describe<R>::index_version where there is one: what the parts are
// cannot be told from outside, so who changes them in place raises that number.
template <Record R>
std::string index_declaration() {
    std::string text;
    const auto one = [&]<IndexKind Kind, class... Parts>(const Index<Kind, Parts...>& index) {
        text += std::string(index.name) + "/" + std::to_string(static_cast<int>(Kind)) + "/" +
                std::to_string(sizeof...(Parts)) + " ";
    };
    Describe<R>::indexes.apply([&](const auto&... each) { (one(each), ...); });
    if constexpr (requires { Describe<R>::index_version; }) text += std::to_string(Describe<R>::index_version);
    return text;
}

using EntriesOf = std::vector<IndexEntry> (*)(std::string_view row);

std::size_t ensure_indexes(Engine& engine, std::string_view collection, const std::string& declaration,
                           EntriesOf entries_of);

}  // namespace detail

// Makes the index entries of R's rows anew when they were made by another declaration than today's; returns how many
// rows that were. To be called before anything else uses the collection: lists are incomplete meanwhile. Killed on the
// way, it starts over the next time. Leaves no change-log entries. Throws UniqueViolation when rows that exist do not
// fit a new unique index, StoreError.
template <Record R>
std::size_t ensure_indexes(Engine& engine) {
    return detail::ensure_indexes(engine, Describe<R>::collection, detail::index_declaration<R>(),
                                  [](std::string_view row) { return detail::index_entries(decode_row<R>(row)); });
}

}  // namespace cumulet::store

#include "common/store/record.hpp"

namespace cumulet::store {

namespace detail {

// Rows and index entries have prefixes of their own, so that no scan of one meets the other.
std::string row_prefix(std::string_view collection) {
    std::string key = "r";
    append_key(key, collection);
    return key;
}

std::string index_prefix(std::string_view collection, std::string_view index) {
    std::string key = "x";
    append_key(key, collection);
    append_key(key, index);
    return key;
}

}  // namespace detail

namespace {

// Rows start with an array of two and nearly always a version below 128: one byte each.
bool surely_not_newer(std::string_view before, std::string_view row) {
    const auto version = [](std::string_view bytes) { return static_cast<unsigned char>(bytes[1]); };
    return before.size() > 1 && row.size() > 1 && version(before) <= version(row) && version(row) < 128;
}

}  // namespace

std::string keep_newer_fields(std::string_view before, std::string row) {
    if (surely_not_newer(before, row)) return row;
    Decoder old(before), own(row);
    if (old.array() != 2 || own.array() != 2) throw CodecError("not a row");
    const auto version = old.integer();
    if (version <= own.integer()) return row;
    const auto fields = old.array(), known = own.array();
    if (fields <= known) return row;
    for (auto left = known; left > 0; --left) old.skip();
    Encoder out;
    out.array(2);
    out.integer(version);
    out.array(fields);
    out.raw(own.rest());
    out.raw(old.rest());
    return out.take();
}

}  // namespace cumulet::store

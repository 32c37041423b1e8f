#include "common/store/codec.hpp"

#include <msgpuck.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace cumulet::store {

namespace {

// Values nest at most this deep: a bound on the stack that reading them takes.
constexpr int kMaxDepth = 128;

void encode_json_at(Encoder& out, const nlohmann::json& value, int depth) {
    if (depth > kMaxDepth) throw CodecError("a JSON value nests too deep");
    using Type = nlohmann::json::value_t;
    switch (value.type()) {
        case Type::null:
            return out.nil();
        case Type::boolean:
            return out.boolean(value.get<bool>());
        case Type::number_integer:
            return out.integer(value.get<std::int64_t>());
        case Type::number_unsigned:
            return out.unsigned_integer(value.get<std::uint64_t>());
        case Type::number_float:
            return out.real(value.get<double>());
        case Type::string:
            return out.string(value.get_ref<const std::string&>());
        case Type::array:
            out.array(static_cast<std::uint32_t>(value.size()));
            for (const auto& item : value) encode_json_at(out, item, depth + 1);
            return;
        case Type::object:
            out.map(static_cast<std::uint32_t>(value.size()));
            for (const auto& [key, item] : value.items()) {
                out.string(key);
                encode_json_at(out, item, depth + 1);
            }
            return;
        case Type::binary:
        case Type::discarded:
            break;
    }
    throw CodecError("not a JSON value");
}

nlohmann::json decode_json_at(Decoder& in, int depth) {
    if (depth > kMaxDepth) throw CodecError("a JSON value nests too deep");
    switch (in.next()) {
        case Decoder::Kind::nil:
            in.nil();
            return nullptr;
        case Decoder::Kind::boolean:
            return in.boolean();
        case Decoder::Kind::unsigned_integer:
            return in.unsigned_integer();
        case Decoder::Kind::integer:
            return in.integer();
        case Decoder::Kind::real:
            return in.real();
        case Decoder::Kind::string:
            return std::string(in.string());
        case Decoder::Kind::array: {
            auto list = nlohmann::json::array();
            for (auto left = in.array(); left > 0; --left) list.push_back(decode_json_at(in, depth + 1));
            return list;
        }
        case Decoder::Kind::map: {
            auto object = nlohmann::json::object();
            for (auto left = in.map(); left > 0; --left) {
                std::string key(in.string());
                object[std::move(key)] = decode_json_at(in, depth + 1);
            }
            return object;
        }
        case Decoder::Kind::other:
            break;
    }
    throw CodecError("not a JSON value");
}

// Moves `at` behind one value, false when it is none. As mp_check(), which counts what is missing in an int and is led
// astray by headers that promise billions of values: here nothing is promised that the bytes left could not hold.
bool skip_value(const char*& at, const char* end) {
    for (std::uint64_t missing = 1; missing > 0; --missing) {
        if (at == end) return false;
        const auto type = mp_typeof(*at);
        if (type == MP_ARRAY) {
            if (mp_check_array(at, end) > 0) return false;
            missing += mp_decode_array(&at);
        } else if (type == MP_MAP) {
            if (mp_check_map(at, end) > 0) return false;
            missing += 2 * std::uint64_t{mp_decode_map(&at)};
        } else if (mp_check(&at, end) != 0) {
            return false;
        }
        if (missing - 1 > static_cast<std::uint64_t>(end - at)) return false;
    }
    return true;
}

}  // namespace

char* Encoder::grow(std::size_t by) {
    auto size = bytes_.size();
    bytes_.resize(size + by);
    return bytes_.data() + size;
}

void Encoder::nil() { mp_encode_nil(grow(mp_sizeof_nil())); }
void Encoder::boolean(bool value) { mp_encode_bool(grow(mp_sizeof_bool(value)), value); }
void Encoder::integer(std::int64_t value) {
    // msgpuck takes only negative numbers as signed.
    if (value < 0)
        mp_encode_int(grow(mp_sizeof_int(value)), value);
    else
        unsigned_integer(static_cast<std::uint64_t>(value));
}
void Encoder::unsigned_integer(std::uint64_t value) { mp_encode_uint(grow(mp_sizeof_uint(value)), value); }
void Encoder::real(double value) { mp_encode_double(grow(mp_sizeof_double(value)), value); }
void Encoder::string(std::string_view value) {
    if (value.size() > std::numeric_limits<std::uint32_t>::max()) throw CodecError("a string is too long");
    auto size = static_cast<std::uint32_t>(value.size());
    mp_encode_str(grow(mp_sizeof_str(size)), value.data(), size);
}
void Encoder::array(std::uint32_t size) { mp_encode_array(grow(mp_sizeof_array(size)), size); }
void Encoder::map(std::uint32_t size) { mp_encode_map(grow(mp_sizeof_map(size)), size); }

void Encoder::raw(std::string_view values) { bytes_ += values; }

Decoder::Decoder(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {
    const char* at = at_;
    if (!skip_value(at, end_) || at != end_) throw CodecError("not one well-formed value");
}

Decoder::Kind Decoder::next() const {
    if (at_ == end_) throw CodecError("a value is missing");
    switch (mp_typeof(*at_)) {
        case MP_NIL:
            return Kind::nil;
        case MP_BOOL:
            return Kind::boolean;
        case MP_UINT:
            return Kind::unsigned_integer;
        case MP_INT:
            return Kind::integer;
        case MP_FLOAT:
        case MP_DOUBLE:
            return Kind::real;
        case MP_STR:
            return Kind::string;
        case MP_ARRAY:
            return Kind::array;
        case MP_MAP:
            return Kind::map;
        default:
            return Kind::other;
    }
}

void Decoder::expect(Kind kind, const char* what) const {
    if (next() != kind) throw CodecError(std::string("expected ") + what);
}

bool Decoder::at_nil() const { return next() == Kind::nil; }
void Decoder::nil() {
    expect(Kind::nil, "nil");
    mp_decode_nil(&at_);
}
bool Decoder::boolean() {
    expect(Kind::boolean, "a boolean");
    return mp_decode_bool(&at_);
}
std::int64_t Decoder::integer() {
    if (next() == Kind::unsigned_integer) {
        auto value = mp_decode_uint(&at_);
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            throw CodecError("an integer is out of range");
        return static_cast<std::int64_t>(value);
    }
    expect(Kind::integer, "an integer");
    return mp_decode_int(&at_);
}
std::uint64_t Decoder::unsigned_integer() {
    expect(Kind::unsigned_integer, "an integer that is not negative");
    return mp_decode_uint(&at_);
}
double Decoder::real() {
    expect(Kind::real, "a number");
    return mp_typeof(*at_) == MP_FLOAT ? static_cast<double>(mp_decode_float(&at_)) : mp_decode_double(&at_);
}
std::string_view Decoder::string() {
    expect(Kind::string, "a string");
    std::uint32_t size = 0;
    const char* data = mp_decode_str(&at_, &size);
    return {data, size};
}
std::uint32_t Decoder::array() {
    expect(Kind::array, "an array");
    return mp_decode_array(&at_);
}
std::uint32_t Decoder::map() {
    expect(Kind::map, "a map");
    return mp_decode_map(&at_);
}
void Decoder::skip() {
    next();
    mp_next(&at_);
}
std::string_view Decoder::rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

void encode_json(Encoder& out, const nlohmann::json& value) { encode_json_at(out, value, 0); }
nlohmann::json decode_json(Decoder& in) { return decode_json_at(in, 0); }

nlohmann::json to_json_untyped(std::string_view bytes) {
    Decoder in(bytes);
    return decode_json(in);
}

}  // namespace cumulet::store

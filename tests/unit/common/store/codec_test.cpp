#include <catch2/catch.hpp>
#include <random>

#include "sample_records.hpp"

using namespace cumulet;
using namespace cumulet::store;

namespace {

struct Old {
    std::string id;
    std::int64_t size = 0;
    bool operator==(const Old&) const = default;
};
struct New {
    std::string id;
    std::int64_t size = 0;
    std::string added = "unset";
    std::vector<Address> more;
};

struct Narrow {
    std::uint8_t byte = 0;
};
struct Wide {
    std::int64_t number = 0;
};

}  // namespace

namespace cumulet::store {
template <>
struct Describe<Old> {
    static constexpr std::string_view collection = "thing";
    static constexpr int version = 1;
    static constexpr auto key = List{&Old::id};
    static constexpr auto fields = List{field("id", &Old::id), field("size", &Old::size)};
    static constexpr auto indexes = List{};
};
template <>
struct Describe<New> {
    static constexpr std::string_view collection = "thing";
    static constexpr int version = 2;
    static constexpr auto key = List{&New::id};
    static constexpr auto fields =
        List{field("id", &New::id), field("size", &New::size), field("added", &New::added), field("more", &New::more)};
    static constexpr auto indexes = List{};
};
template <>
struct Describe<Narrow> {
    static constexpr auto fields = List{field("byte", &Narrow::byte)};
};
template <>
struct Describe<Wide> {
    static constexpr auto fields = List{field("number", &Wide::number)};
};
}  // namespace cumulet::store

TEST_CASE("every kind of field comes back as it went") {
    Person all = person("x\0y");
    all.born = Timestamp{std::chrono::microseconds{-123456789}};
    all.tags = {"", "ä", std::string("nul\0inside", 10)};
    all.nick = "";
    all.addresses = {{"s", std::numeric_limits<std::int64_t>::min()}, {"t", std::numeric_limits<std::int64_t>::max()}};
    all.points = {{"a", -1}, {"b", 0}, {"c", 300}};
    all.colour = Colour::green;
    all.extra = nlohmann::json::parse(
        R"({"n":null,"t":true,"i":-5,"u":18446744073709551615,"f":1.5,"s":"x","a":[1,[2]],"o":{"k":{}}})");
    REQUIRE(decode_row<Person>(encode_row(all)) == all);
}

TEST_CASE("an older reader takes what it knows, a newer one keeps its defaults") {
    New written{.id = "a", .size = 5, .added = "x", .more = {{"s", 1}}};
    REQUIRE(decode_row<Old>(encode_row(written)) == Old{"a", 5});
    auto read = decode_row<New>(encode_row(Old{"a", 5}));
    REQUIRE(read.size == 5);
    REQUIRE(read.added == "unset");
}

TEST_CASE("damaged rows are codec errors, never anything worse") {
    Person some = person("somebody");
    some.tags = {"t"};
    some.extra = {{"k", {1, 2, 3}}};
    const std::string good = encode_row(some);
    for (std::size_t size = 0; size < good.size(); ++size)
        REQUIRE_THROWS_AS(decode_row<Person>(std::string_view(good).substr(0, size)), CodecError);
    REQUIRE_THROWS_AS(decode_row<Person>(good + "x"), CodecError);
    std::mt19937 random(7);
    int refused = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string bad = good;
        for (int flips = 0; flips < 3; ++flips) bad[random() % bad.size()] = static_cast<char>(random());
        try {
            decode_row<Person>(bad);
        } catch (const CodecError&) {
            ++refused;
        }
    }
    REQUIRE(refused > 1000);
}

TEST_CASE("headers that promise more than there is are codec errors") {
    // Arrays and maps of 2^32 - 1 values: counted in an int they come to nothing, and the value seems complete.
    for (const std::string& bytes : {std::string("\xdd\xff\xff\xff\xff"), std::string("\xdf\xff\xff\xff\xff"),
                                     std::string("\x92\xdd\xff\xff\xff\xff"), std::string("\xdf\x7f\xff\xff\xff\xc0"),
                                     std::string("\xdd\x80\x00\x00\x00"), std::string("\xdb\xff\xff\xff\xff")})
        CHECK_THROWS_AS(to_json_untyped(bytes), CodecError);
    std::string nested;
    for (int i = 0; i < 100'000; ++i) nested += "\xdd\xff\xff\xff\xff";
    CHECK_THROWS_AS(to_json_untyped(nested), CodecError);
    CHECK_THROWS_AS(to_json_untyped(std::string(100'000, '\x91') + '\xc0'), CodecError);  // too deep
}

TEST_CASE("rows that the first release wrote are read for ever") {
    // An Old {"a", 5} of version 1.
    const std::string stored(
        "\x92\x01\x92\xa1"
        "a"
        "\x05");
    CHECK(encode_row(Old{"a", 5}) == stored);
    CHECK(decode_row<Old>(stored) == Old{"a", 5});
    const auto read = decode_row<New>(stored);
    CHECK(read.size == 5);
    CHECK(read.added == "unset");
}

TEST_CASE("an older program that changes a newer row keeps the fields that it does not know") {
    const std::string written = encode_row(New{.id = "a", .size = 5, .added = "x", .more = {{"s", 1}}});
    auto seen = decode_row<Old>(written);
    seen.size = 6;
    const auto read = decode_row<New>(keep_newer_fields(written, encode_row(seen)));
    CHECK(read.size == 6);
    CHECK(read.added == "x");
    CHECK(read.more == std::vector<Address>{{"s", 1}});
    // The newer program is not told what to keep by rows of the older one.
    const std::string older = encode_row(Old{"a", 5});
    CHECK(keep_newer_fields(older, written) == written);
    CHECK(keep_newer_fields(written, written) == written);
    CHECK_THROWS_AS(keep_newer_fields("nonsense", older), CodecError);

    auto engine = make_memory_engine();
    transact(*engine, {}, [](Transaction& txn) { txn.put(New{.id = "a", .size = 1, .added = "kept"}, "written"); });
    transact(*engine, {}, [](Transaction& txn) {
        auto old = *txn.get<Old>("a");
        ++old.size;
        txn.put(old, "changed");
    });
    transact(*engine, {}, [](Transaction& txn) {
        CHECK(txn.get<New>("a")->added == "kept");
        CHECK(txn.get<New>("a")->size == 2);
    });
}

TEST_CASE("a number that does not fit is a codec error") {
    REQUIRE(decode_bytes<Narrow>(encode_bytes(Wide{255})).byte == 255);
    REQUIRE_THROWS_AS(decode_bytes<Narrow>(encode_bytes(Wide{256})), CodecError);
    REQUIRE_THROWS_AS(decode_bytes<Narrow>(encode_bytes(Wide{-1})), CodecError);
}

TEST_CASE("JSON that nests too deep is refused when it is written") {
    nlohmann::json deep = 1;
    for (int i = 0; i < 200; ++i) deep = nlohmann::json::array({std::move(deep)});
    REQUIRE_THROWS_AS(encode_bytes(deep), CodecError);
}

TEST_CASE("a record becomes JSON by the names of its fields") {
    Person some = person("a", "anna");
    some.addresses = {{"s", 1}};
    auto json = to_json(some);
    REQUIRE(json["name"] == "anna");
    REQUIRE(json["nick"].is_null());
    REQUIRE(json["colour"] == "red");
    REQUIRE(json["addresses"][0]["number"] == 1);
    REQUIRE(json["born"] == "1970-01-01T00:00:00.000000Z");
    REQUIRE(to_json_untyped(encode_row(some))[1][1] == "anna");
}

TEST_CASE("the schema of a record names every field and its type") {
    REQUIRE(schema_of<Old>() == "thing 1 (id: string, size: integer)");
    REQUIRE(
        schema_of<Person>() ==
        "person 1 (id: string, name: string, email: string, group: string, born: time, tags: [string], nick: string?, "
        "addresses: [(street: string, number: integer)], points: {string: integer}, colour: enum, extra: json)");
}

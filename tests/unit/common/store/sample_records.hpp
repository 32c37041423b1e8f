// Records that the tests of the store keep.
#pragma once

#include "common/store/transaction.hpp"

namespace cumulet::store {

enum class Colour { red, green };

struct Address {
    std::string street;
    std::int64_t number = 0;
    bool operator==(const Address&) const = default;
};

struct Person {
    std::string id;
    std::string name;
    std::string email;
    std::string group;
    Timestamp born{};
    std::set<std::string> tags;
    std::optional<std::string> nick;
    std::vector<Address> addresses;
    std::map<std::string, std::int64_t> points;
    Colour colour = Colour::red;
    nlohmann::json extra;
    bool operator==(const Person&) const = default;
};

template <>
struct EnumNames<Colour> {
    static constexpr std::array<std::pair<Colour, std::string_view>, 2> names{
        {{Colour::red, "red"}, {Colour::green, "green"}}};
};
template <>
struct Describe<Address> {
    static constexpr auto fields = List{field("street", &Address::street), field("number", &Address::number)};
};
template <>
struct Describe<Person> {
    static constexpr std::string_view collection = "person";
    static constexpr int version = 1;
    static constexpr auto key = List{&Person::id};
    static constexpr auto fields =
        List{field("id", &Person::id),         field("name", &Person::name),           field("email", &Person::email),
             field("group", &Person::group),   field("born", &Person::born),           field("tags", &Person::tags),
             field("nick", &Person::nick),     field("addresses", &Person::addresses), field("points", &Person::points),
             field("colour", &Person::colour), field("extra", &Person::extra)};
    static constexpr auto indexes = List{index("group", &Person::group, &Person::name),
                                         unique("email", &Person::email),
                                         unique("nick", &Person::nick),
                                         each("tag", &Person::tags, &Person::name),
                                         index("youngest", &Person::group, desc(&Person::born)),
                                         index("initial", [](const Person& p) { return p.name.substr(0, 1); })};
};

inline Person person(std::string id, std::string name = "somebody", std::string group = "all") {
    Person made;
    made.email = id + "@example.org";
    made.id = std::move(id);
    made.name = std::move(name);
    made.group = std::move(group);
    return made;
}

}  // namespace cumulet::store

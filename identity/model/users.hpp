// Users, their passwords, groups and who is in them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct User {
    std::string id, name, domain_id;
    bool enabled = true;
    std::string default_project_id;
    nlohmann::json options = nlohmann::json::object();
    nlohmann::json extra = nlohmann::json::object();  // description and email among them
    Timestamp created_at{};
    std::optional<Timestamp> password_expires_at;
    bool federated = false;  // made by a federated log-in: others may have its name, and it has no password
};

// Apart from the user, so that lists do not read secrets. The newest is in force; older ones are kept for the rule that
// forbids to take one again.
struct PasswordEntry {
    std::string hash;
    Timestamp created_at{};
    bool self_service = false;
};
struct UserSecret {
    std::string user_id;
    std::vector<PasswordEntry> passwords;  // the newest last
};

struct Group {
    std::string id, name, domain_id, description;
    nlohmann::json extra = nlohmann::json::object();
    Timestamp created_at{};
};

struct Membership {
    std::string user_id, group_id;
    Timestamp created_at{};
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::User> {
    using R = identity::User;
    static constexpr std::string_view collection = "user";
    static constexpr int version = 2;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("name", &R::name),
                                        field("domain_id", &R::domain_id),
                                        field("enabled", &R::enabled),
                                        field("default_project_id", &R::default_project_id),
                                        field("options", &R::options),
                                        field("extra", &R::extra),
                                        field("created_at", &R::created_at),
                                        field("password_expires_at", &R::password_expires_at),
                                        field("federated", &R::federated)};
    static constexpr auto indexes =
        List{unique(
                 "name", [](const R& user) { return user.federated ? std::string() : user.domain_id; },
                 [](const R& user) { return user.federated ? std::string() : user.name; }),
             index("domain", &R::domain_id, &R::name)};
};

template <>
struct Describe<identity::PasswordEntry> {
    using R = identity::PasswordEntry;
    static constexpr auto fields =
        List{field("hash", &R::hash), field("created_at", &R::created_at), field("self_service", &R::self_service)};
};

template <>
struct Describe<identity::UserSecret> {
    using R = identity::UserSecret;
    static constexpr std::string_view collection = "user_secret";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::user_id};
    static constexpr auto fields = List{field("user_id", &R::user_id), field("passwords", &R::passwords)};
    static constexpr auto indexes = List{};
};

template <>
struct Describe<identity::Group> {
    using R = identity::Group;
    static constexpr std::string_view collection = "group";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("name", &R::name),
                                        field("domain_id", &R::domain_id),
                                        field("description", &R::description),
                                        field("extra", &R::extra),
                                        field("created_at", &R::created_at)};
    static constexpr auto indexes =
        List{unique("name", &R::domain_id, &R::name), index("domain", &R::domain_id, &R::name)};
};

template <>
struct Describe<identity::Membership> {
    using R = identity::Membership;
    static constexpr std::string_view collection = "membership";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::user_id, &R::group_id};
    static constexpr auto fields =
        List{field("user_id", &R::user_id), field("group_id", &R::group_id), field("created_at", &R::created_at)};
    static constexpr auto indexes = List{index("group", &R::group_id)};
};

}  // namespace cumulet::store

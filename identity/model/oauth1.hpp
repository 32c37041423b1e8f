// OAuth 1.0a: consumers (applications) that users let act for them, and the tokens this takes.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::identity {

// All secrets are sealed by the vault.
struct OauthConsumer {
    std::string id, description, sealed_secret;
    bool has_description = false;
    nlohmann::json extra = nlohmann::json::object();
};

// What a consumer asks a user to authorise; user and verifier are there when one did.
struct OauthRequest {
    std::string id, consumer_id, project_id, sealed_secret;
    std::string user_id;
    std::string verifier_digest;  // HMAC-SHA256 under the request's own secret: its eight letters could be guessed
    std::vector<std::string> role_ids;
    std::optional<Timestamp> expires_at;
};

// What a consumer logs in with, for the user, with these roles on this project.
struct OauthAccess {
    std::string id, consumer_id, user_id, project_id, sealed_secret;
    std::vector<std::string> role_ids;
    std::optional<Timestamp> expires_at;
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::OauthConsumer> {
    using R = identity::OauthConsumer;
    static constexpr std::string_view collection = "oauth_consumer";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields =
        List{field("id", &R::id), field("description", &R::description), field("sealed_secret", &R::sealed_secret),
             field("has_description", &R::has_description), field("extra", &R::extra)};
    static constexpr auto indexes = List{};
};

template <>
struct Describe<identity::OauthRequest> {
    using R = identity::OauthRequest;
    static constexpr std::string_view collection = "oauth_request";
    static constexpr int version = 2;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("consumer_id", &R::consumer_id),
                                        field("project_id", &R::project_id),
                                        field("sealed_secret", &R::sealed_secret),
                                        field("user_id", &R::user_id),
                                        field("verifier_digest", &R::verifier_digest),
                                        field("role_ids", &R::role_ids),
                                        field("expires_at", &R::expires_at)};
    static constexpr auto indexes = List{index("consumer", &R::consumer_id), index("end", &R::expires_at)};
};

template <>
struct Describe<identity::OauthAccess> {
    using R = identity::OauthAccess;
    static constexpr std::string_view collection = "oauth_access";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("consumer_id", &R::consumer_id),
                                        field("user_id", &R::user_id),
                                        field("project_id", &R::project_id),
                                        field("sealed_secret", &R::sealed_secret),
                                        field("role_ids", &R::role_ids),
                                        field("expires_at", &R::expires_at)};
    static constexpr auto indexes =
        List{index("consumer", &R::consumer_id), index("user", &R::user_id), index("project", &R::project_id)};
};

}  // namespace cumulet::store

// Secrets that stand for a user: credentials (EC2 keys, TOTP seeds, certificates) and application credentials.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::identity {

// The blob is kept under the credential keys (Fernet), so that neither store, change log nor backup has it in clear.
struct Credential {
    std::string id, user_id, project_id, type;
    std::string sealed_blob;
    nlohmann::json extra = nlohmann::json::object();
};

struct ApplicationCredential {
    std::string id, name, description;
    std::string user_id, project_id;
    std::vector<std::string> role_ids;
    std::optional<Timestamp> expires_at;
    bool unrestricted = false;
    std::string secret_hash;
    std::vector<std::string> access_rule_ids;
    bool has_access_rules = false;  // an empty list allows nothing, none at all allows everything
    Timestamp created_at{};
};

struct AccessRule {
    std::string id, user_id, service, path, method;
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::Credential> {
    using R = identity::Credential;
    static constexpr std::string_view collection = "credential";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields =
        List{field("id", &R::id),     field("user_id", &R::user_id),         field("project_id", &R::project_id),
             field("type", &R::type), field("sealed_blob", &R::sealed_blob), field("extra", &R::extra)};
    static constexpr auto indexes =
        List{index("user", &R::user_id, &R::type), index("project", &R::project_id), index("type", &R::type)};
};

template <>
struct Describe<identity::ApplicationCredential> {
    using R = identity::ApplicationCredential;
    static constexpr std::string_view collection = "application_credential";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("name", &R::name),
                                        field("description", &R::description),
                                        field("user_id", &R::user_id),
                                        field("project_id", &R::project_id),
                                        field("role_ids", &R::role_ids),
                                        field("expires_at", &R::expires_at),
                                        field("unrestricted", &R::unrestricted),
                                        field("secret_hash", &R::secret_hash),
                                        field("access_rule_ids", &R::access_rule_ids),
                                        field("has_access_rules", &R::has_access_rules),
                                        field("created_at", &R::created_at)};
    static constexpr auto indexes = List{unique("name", &R::user_id, &R::name), index("user", &R::user_id, &R::name),
                                         index("project", &R::project_id)};
};

template <>
struct Describe<identity::AccessRule> {
    using R = identity::AccessRule;
    static constexpr std::string_view collection = "access_rule";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields =
        List{field("id", &R::id), field("user_id", &R::user_id), field("service", &R::service), field("path", &R::path),
             field("method", &R::method)};
    static constexpr auto indexes =
        List{unique("rule", &R::user_id, &R::service, &R::path, &R::method), index("user", &R::user_id)};
};

}  // namespace cumulet::store

// Federation: identity providers whose users may come in, by which protocols and mappings; the users that came; and
// service providers that our users may go to.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct IdentityProvider {
    std::string id, domain_id, description;
    bool enabled = false;
    std::vector<std::string> remote_ids;
    std::optional<std::int64_t> authorization_ttl;  // minutes that mapped group memberships last; absent: the default
};

// Each remote id belongs to one identity provider: its row is the guard.
struct RemoteId {
    std::string remote_id, idp_id;
};

struct FederationProtocol {
    std::string idp_id, id, mapping_id, remote_id_attribute;
};

struct Mapping {
    std::string id;
    nlohmann::json rules = nlohmann::json::array();
    std::string schema_version;  // "1.0", "2.0", "3.0"; empty: not said, the first
};

struct ServiceProvider {
    std::string id, auth_url, sp_url, description, relay_state_prefix;
    bool enabled = false;
};

// An assertion that was taken: it is not taken again while it would still be good.
struct UsedAssertion {
    std::string idp_id, assertion_id;
    Timestamp until{};
};

// Who a user is at an identity provider.
struct FederatedUser {
    std::string idp_id, protocol_id, unique_id;
    std::string user_id, display_name;
};

// A membership that a federated log-in proved, for a while.
struct ExpiringMembership {
    std::string user_id, group_id, idp_id;
    Timestamp last_verified{}, expires_at{};
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::IdentityProvider> {
    using R = identity::IdentityProvider;
    static constexpr std::string_view collection = "identity_provider";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("domain_id", &R::domain_id),
                                        field("description", &R::description),
                                        field("enabled", &R::enabled),
                                        field("remote_ids", &R::remote_ids),
                                        field("authorization_ttl", &R::authorization_ttl)};
    static constexpr auto indexes = List{index("domain", &R::domain_id)};
};

template <>
struct Describe<identity::RemoteId> {
    using R = identity::RemoteId;
    static constexpr std::string_view collection = "remote_id";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::remote_id};
    static constexpr auto fields = List{field("remote_id", &R::remote_id), field("idp_id", &R::idp_id)};
    static constexpr auto indexes = List{};
};

template <>
struct Describe<identity::FederationProtocol> {
    using R = identity::FederationProtocol;
    static constexpr std::string_view collection = "federation_protocol";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::idp_id, &R::id};
    static constexpr auto fields =
        List{field("idp_id", &R::idp_id), field("id", &R::id), field("mapping_id", &R::mapping_id),
             field("remote_id_attribute", &R::remote_id_attribute)};
    static constexpr auto indexes = List{};
};

template <>
struct Describe<identity::Mapping> {
    using R = identity::Mapping;
    static constexpr std::string_view collection = "mapping";
    static constexpr int version = 2;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields =
        List{field("id", &R::id), field("rules", &R::rules), field("schema_version", &R::schema_version)};
    static constexpr auto indexes = List{};
};

template <>
struct Describe<identity::ServiceProvider> {
    using R = identity::ServiceProvider;
    static constexpr std::string_view collection = "service_provider";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("auth_url", &R::auth_url),
                                        field("sp_url", &R::sp_url),
                                        field("description", &R::description),
                                        field("relay_state_prefix", &R::relay_state_prefix),
                                        field("enabled", &R::enabled)};
    static constexpr auto indexes = List{};
};

template <>
struct Describe<identity::UsedAssertion> {
    using R = identity::UsedAssertion;
    static constexpr std::string_view collection = "used_assertion";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::idp_id, &R::assertion_id};
    static constexpr auto fields =
        List{field("idp_id", &R::idp_id), field("assertion_id", &R::assertion_id), field("until", &R::until)};
    static constexpr auto indexes = List{index("until", &R::until)};
};

template <>
struct Describe<identity::FederatedUser> {
    using R = identity::FederatedUser;
    static constexpr std::string_view collection = "federated_user";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::idp_id, &R::protocol_id, &R::unique_id};
    static constexpr auto fields =
        List{field("idp_id", &R::idp_id), field("protocol_id", &R::protocol_id), field("unique_id", &R::unique_id),
             field("user_id", &R::user_id), field("display_name", &R::display_name)};
    static constexpr auto indexes = List{index("user", &R::user_id)};
};

template <>
struct Describe<identity::ExpiringMembership> {
    using R = identity::ExpiringMembership;
    static constexpr std::string_view collection = "expiring_membership";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::user_id, &R::group_id, &R::idp_id};
    static constexpr auto fields =
        List{field("user_id", &R::user_id), field("group_id", &R::group_id), field("idp_id", &R::idp_id),
             field("last_verified", &R::last_verified), field("expires_at", &R::expires_at)};
    static constexpr auto indexes =
        List{index("group", &R::group_id), index("idp", &R::idp_id), index("end", &R::expires_at)};
};

}  // namespace cumulet::store

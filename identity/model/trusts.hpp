// Trusts: a user lets another act for it, with some of its roles on one project.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/record.hpp"

namespace cumulet::identity {

struct Trust {
    std::string id, trustor_user_id, trustee_user_id, project_id;
    std::vector<std::string> role_ids;
    bool impersonation = false;  // the trustee's tokens name the trustor
    std::optional<Timestamp> expires_at;
    std::optional<std::int64_t> remaining_uses;
    std::int64_t redelegation_count = 0;  // how often it may be handed on
    std::string redelegated_trust_id;     // the trust it was made from
    Timestamp created_at{};
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::Trust> {
    using R = identity::Trust;
    static constexpr std::string_view collection = "trust";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("trustor_user_id", &R::trustor_user_id),
                                        field("trustee_user_id", &R::trustee_user_id),
                                        field("project_id", &R::project_id),
                                        field("role_ids", &R::role_ids),
                                        field("impersonation", &R::impersonation),
                                        field("expires_at", &R::expires_at),
                                        field("remaining_uses", &R::remaining_uses),
                                        field("redelegation_count", &R::redelegation_count),
                                        field("redelegated_trust_id", &R::redelegated_trust_id),
                                        field("created_at", &R::created_at)};
    static constexpr auto indexes = List{index("trustor", &R::trustor_user_id), index("trustee", &R::trustee_user_id),
                                         index("project", &R::project_id), index("parent", &R::redelegated_trust_id)};
};

}  // namespace cumulet::store

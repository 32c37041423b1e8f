// What makes tokens invalid before their time.
#pragma once

#include <string>

#include "common/store/record.hpp"

namespace cumulet::identity {

// A token is revoked by an event that names nothing the token does not have (an empty attribute names nothing) and that
// is not older than the token. A `refresh` event revokes nothing: it tells those who remember tokens to ask again,
// because what the token gives has changed (a role was taken away, a project disabled).
struct RevocationEvent {
    Timestamp revoked_at{};
    std::string id;
    std::string audit_id, audit_chain_id;
    std::string user_id, project_id, domain_id, role_id, trust_id, application_credential_id;
    Timestamp issued_before{};
    bool refresh = false;
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::RevocationEvent> {
    using R = identity::RevocationEvent;
    static constexpr std::string_view collection = "revocation";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::revoked_at, &R::id};
    static constexpr auto fields = List{field("revoked_at", &R::revoked_at),
                                        field("id", &R::id),
                                        field("audit_id", &R::audit_id),
                                        field("audit_chain_id", &R::audit_chain_id),
                                        field("user_id", &R::user_id),
                                        field("project_id", &R::project_id),
                                        field("domain_id", &R::domain_id),
                                        field("role_id", &R::role_id),
                                        field("trust_id", &R::trust_id),
                                        field("application_credential_id", &R::application_credential_id),
                                        field("issued_before", &R::issued_before),
                                        field("refresh", &R::refresh)};
    static constexpr auto indexes = List{};
};

}  // namespace cumulet::store

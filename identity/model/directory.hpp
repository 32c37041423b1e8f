// Which users and groups are an LDAP directory's: those are read only here.
#pragma once

#include <string>

#include "common/store/record.hpp"
#include "identity/model/roles.hpp"

namespace cumulet::identity {

struct DirectoryEntry {
    std::string id;  // of the user or group
    ActorKind kind = ActorKind::user;
    std::string domain_id, local_id, dn;
    bool absent = false;  // no longer in the directory
};

}  // namespace cumulet::identity

namespace cumulet::store {

template <>
struct Describe<identity::DirectoryEntry> {
    using R = identity::DirectoryEntry;
    static constexpr std::string_view collection = "directory_entry";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::id};
    static constexpr auto fields = List{field("id", &R::id),
                                        field("kind", &R::kind),
                                        field("domain_id", &R::domain_id),
                                        field("local_id", &R::local_id),
                                        field("dn", &R::dn),
                                        field("absent", &R::absent)};
    static constexpr auto indexes = List{index("domain", &R::domain_id)};
};

}  // namespace cumulet::store

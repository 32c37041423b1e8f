#include "identity/model/directory_rules.hpp"

#include "common/api/fault.hpp"

namespace cumulet::identity {

void refuse_directory_write(store::Transaction& txn, std::string_view id, std::string_view what) {
    auto entry = txn.get<DirectoryEntry>(id);
    if (entry && !entry->absent)
        throw api::Fault(api::Errc::forbidden, "You are not authorized to perform the requested action: LDAP {}.",
                         what);
}

void forget_directory_entry(store::Transaction& txn, std::string_view id) {
    if (auto entry = txn.get<DirectoryEntry>(id)) txn.erase(*entry, "deleted");
}

}  // namespace cumulet::identity

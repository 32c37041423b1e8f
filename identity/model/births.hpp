// What is removed together with another thing (the users of a domain, the roles granted to a user) is found by a walk,
// and a walk does not see what is made at the same moment. So whoever makes something says here what it hangs on, and
// whoever removes that thing makes the commit fail when something was hung on it since. Makers do not disturb each
// other.
#pragma once

#include <string_view>

#include "common/store/transaction.hpp"

namespace cumulet::identity {

// Something is made that goes with `id`. The maker has also read the row of `id` by get(), so that it fails once that
// is gone.
void hang_on(store::Transaction& txn, std::string_view id);
// `id` goes: the commit is refused, and the call runs again, when something was hung on it after the snapshot.
void close(store::Transaction& txn, std::string_view id);

}  // namespace cumulet::identity

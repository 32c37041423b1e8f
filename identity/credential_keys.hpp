// What the credential keys seal, and bringing it under the newest of them, so that old keys can go.
#pragma once

#include <cstddef>

#include "common/runtime/clock.hpp"
#include "common/store/engine.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity {

// How many stored secrets are sealed by another key than the primary one. Throws StoreError.
std::size_t count_outdated_secrets(store::Engine& engine, const Vault& vault, Timestamp now);

// Seals those anew with the primary key, some hundred a commit, while the service works. Returns how many. Fault 500
// when no key opens one; those before it are done. Throws StoreError.
std::size_t migrate_secrets(store::Engine& engine, const Vault& vault, Timestamp now);

}  // namespace cumulet::identity

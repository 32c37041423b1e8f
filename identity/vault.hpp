// Secrets that have to be read again (EC2 secrets, TOTP seeds) are kept under keys of their own, in the store only
// sealed.
#pragma once

#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "identity/tokens/key_repository.hpp"

namespace cumulet::identity {

// All members: any thread.
class Vault {
public:
    Vault(const tokens::KeyRepository& keys, const Clock& clock, Random& random)
        : keys_(keys), clock_(clock), random_(random) {}
    std::string seal(std::string_view secret) const;
    // Whether the primary key made it.
    bool is_current(std::string_view sealed) const;
    // Fault 500 when none of the keys opens it.
    std::string open(std::string_view sealed) const;

private:
    const tokens::KeyRepository& keys_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace cumulet::identity

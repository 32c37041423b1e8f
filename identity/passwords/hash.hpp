// Password hashes in Keystone's formats (those of passlib), by libxcrypt and OpenSSL. New ones are bcrypt; all are
// verified: $2b$ (and 2a, 2y), $6$ (sha512_crypt), $bcrypt-sha256$, $scrypt$, $pbkdf2-sha512$.
#pragma once

#include <string>
#include <string_view>

#include "common/runtime/ids.hpp"

namespace cumulet::identity::passwords {

inline constexpr std::size_t kLongestPassword = 4096;

// Costs 2^rounds; bcrypt reads the first 72 bytes. Throws std::invalid_argument when the password holds a NUL byte or
// `rounds` is not in [4, 31]. Any thread.
std::string hash_password(std::string_view password, int rounds, Random& random);
// False also for a hash of an unknown form. Any thread.
bool verify_password(std::string_view password, std::string_view hash);
// The cost of hashes of secrets that a random generator made: nobody guesses those.
inline constexpr int kRandomSecretRounds = 4;
// The cost of a bcrypt hash; 0 for the other kinds.
int bcrypt_rounds(std::string_view hash);

}  // namespace cumulet::identity::passwords

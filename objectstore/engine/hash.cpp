#include "objectstore/engine/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace cumulet::objectstore {

// Its members want more alignment than operator new gives by default; the aligned form is chosen by the type.
struct Hasher::State {
    XXH3_state_t inner;
};

Hasher::Hasher(std::uint64_t seed) : state_(std::make_unique<State>()) { restart(seed); }
Hasher::~Hasher() = default;
void Hasher::restart(std::uint64_t seed) { XXH3_64bits_reset_withSeed(&state_->inner, seed); }
void Hasher::add(std::string_view bytes) { XXH3_64bits_update(&state_->inner, bytes.data(), bytes.size()); }
std::uint64_t Hasher::value() const { return XXH3_64bits_digest(&state_->inner); }

std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace cumulet::objectstore

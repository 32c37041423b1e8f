#include "objectstore/engine/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace cumulet::objectstore {

struct Hasher::State {
    XXH3_state_t inner;
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_64bits_reset(&state_->inner); }
Hasher::~Hasher() = default;
void Hasher::add(std::string_view bytes) { XXH3_64bits_update(&state_->inner, bytes.data(), bytes.size()); }
std::uint64_t Hasher::value() const { return XXH3_64bits_digest(&state_->inner); }

std::uint64_t hash_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace cumulet::objectstore

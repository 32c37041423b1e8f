// The checksum of stored bytes: XXH3, 64 bits, piece by piece.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace cumulet::objectstore {

class Hasher {
public:
    explicit Hasher(std::uint64_t seed = 0);
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    void restart(std::uint64_t seed);
    void add(std::string_view bytes);
    std::uint64_t value() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::uint64_t hash_of(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace cumulet::objectstore

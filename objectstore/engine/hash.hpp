// The checksum of stored bytes: XXH3, 64 bits, piece by piece.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace cumulet::objectstore {

class Hasher {
public:
    Hasher();
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    void add(std::string_view bytes);
    std::uint64_t value() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::uint64_t hash_of(std::string_view bytes);

}  // namespace cumulet::objectstore

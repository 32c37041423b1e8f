// Randomness and identifiers: injected, so that a simulation from a seed repeats itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace cumulet {

class Random {
public:
    virtual ~Random() = default;
    // Any thread.
    virtual void fill(std::span<std::byte> bytes) = 0;

    std::uint64_t next();
    // Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    // A version 4 UUID with dashes (RFC 9562): Nova, Neutron, Glance.
    std::string uuid();
    // A version 4 UUID as 32 hex digits: Keystone.
    std::string hex_uuid();
    // `bytes` random bytes in unpadded URL-safe base64: audit ids, passwords.
    std::string token(std::size_t bytes);
};

// The operating system's generator, fit for keys.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> bytes) override;
};

// Repeats itself for a seed. Tests and simulations only.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::byte> bytes) override;

private:
    std::mutex mutex_;
    std::mt19937_64 engine_;
};

// Whether `text` has the form of a UUID, with or without dashes.
bool is_uuid(std::string_view text);

}  // namespace cumulet

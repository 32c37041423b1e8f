// Checking passwords so that time tells nothing: a wrong password and an unknown user both pay the full price of a
// hash, a right one that was right a moment ago is recognised by a keyed digest in memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"

namespace cumulet::identity::passwords {

struct CheckerOptions {
    int rounds = 12;                               // of new hashes, and the least that a failure costs
    Duration remember = std::chrono::seconds(60);  // how long a right password is recognised; 0: never
    std::size_t most_remembered = 10'000;
};

// All members: any thread. check() and hash() burn CPU: on the worker pool.
class Checker {
public:
    Checker(const Clock& clock, Random& random, CheckerOptions options);

    // Tells of a hash that some user has, before the first check(): names of nobody then cost what users cost, a share
    // of them what each other kind of hash costs (those of a Keystone that was moved in).
    void learn(const std::string& hash);
    // Whether `password` belongs to `hash`; nullopt stands for a user that does not exist or has no password, and costs
    // the same as a wrong one. `who` is whatever names the user: the same name always costs the same.
    bool check(std::string_view password, const std::optional<std::string>& hash, std::string_view who = {});
    std::string hash(std::string_view password);
    // For secrets made by a random generator from 128 bits or more: nobody guesses those however cheap a guess is, so
    // the lowest cost does.
    std::string hash_random_secret(std::string_view secret);
    // As if check() had just found it right: spares the first log-in after a password was set.
    void remember(std::string_view password, const std::string& hash);
    // How many full-price computations were made so far: tests compare these, not times.
    std::uint64_t full_price_computations() const { return full_price_.load(); }

private:
    // A kind of hash, by one of them.
    struct Decoy {
        std::string hash, setting;
        std::size_t users = 0;  // that were told of
    };

    std::string digest(std::string_view password, const std::string& hash) const;
    const std::string& decoy_for(std::string_view who) const;
    void pay_full_price(std::string_view password, std::string_view who);

    const Clock& clock_;
    Random& random_;
    CheckerOptions options_;
    std::string key_;            // of this process only
    std::vector<Decoy> decoys_;  // the first: our own bcrypt of the full cost
    std::atomic<std::uint64_t> full_price_{0};
    std::mutex mutex_;
    std::unordered_map<std::string, Timestamp> remembered_;  // digest -> until
};

}  // namespace cumulet::identity::passwords

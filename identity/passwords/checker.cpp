#include "identity/passwords/checker.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "identity/passwords/hash.hpp"

namespace cumulet::identity::passwords {

namespace {

constexpr std::size_t kMostDecoys = 16;

std::string hmac(std::string_view key, std::string_view message) {
    std::string mac(32, '\0');
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
         message.size(), reinterpret_cast<unsigned char*>(mac.data()), &size);
    return mac;
}

// What of a hash tells its cost: everything before salt and digest.
std::string setting_of(const std::string& hash) {
    if (const int rounds = bcrypt_rounds(hash); rounds != 0) return fmt::format("$2b${:02}", rounds);
    auto end = hash.rfind('$');
    if (end != std::string::npos && end > 0) end = hash.rfind('$', end - 1);
    return end == std::string::npos ? "" : hash.substr(0, end);
}

}  // namespace

Checker::Checker(const Clock& clock, Random& random, CheckerOptions options)
    : clock_(clock), random_(random), options_(options), key_(32, '\0') {
    random_.fill(std::as_writable_bytes(std::span(key_)));
    // The digest part matches nothing that bcrypt computes; only the cost matters.
    const auto own = fmt::format("$2b${:02}$abcdefghijklmnopqrstuu{}", options_.rounds, std::string(31, '.'));
    decoys_.push_back({.hash = own, .setting = setting_of(own)});
}

void Checker::learn(const std::string& hash) {
    const int rounds = bcrypt_rounds(hash);
    // A cheaper bcrypt is paid up to our own when it was wrong.
    const auto setting = rounds != 0 && rounds <= options_.rounds ? decoys_.front().setting : setting_of(hash);
    if (setting.empty()) return;
    for (auto& decoy : decoys_)
        if (decoy.setting == setting) {
            ++decoy.users;
            return;
        }
    if (decoys_.size() < kMostDecoys) decoys_.push_back({.hash = hash, .setting = setting, .users = 1});
}

const std::string& Checker::decoy_for(std::string_view who) const {
    std::size_t users = 0;
    std::string secret;  // nobody else knows these hashes, and they outlast this process
    for (const auto& decoy : decoys_) {
        users += decoy.users;
        secret += decoy.hash;
    }
    if (decoys_.size() == 1 || users == 0) return decoys_.front().hash;
    std::uint32_t number = 0;
    std::memcpy(&number, hmac(secret, who).data(), sizeof number);
    std::size_t place = number % users;
    for (const auto& decoy : decoys_) {
        if (place < decoy.users) return decoy.hash;
        place -= decoy.users;
    }
    return decoys_.front().hash;
}

std::string Checker::digest(std::string_view password, const std::string& hash) const {
    return hmac(key_, hash + '\0' + std::string(password));
}

void Checker::pay_full_price(std::string_view password, std::string_view who) {
    ++full_price_;
    verify_password(password, decoy_for(who));
}

bool Checker::check(std::string_view password, const std::optional<std::string>& hash, std::string_view who) {
    // No hash is made of a password with a NUL in it or a longer one: it costs the same and is wrong.
    std::string tried(password.substr(0, kLongestPassword));
    const bool may_be_right = tried.size() == password.size() && tried.find('\0') == std::string::npos;
    std::replace(tried.begin(), tried.end(), '\0', ' ');
    if (!hash) {
        pay_full_price(tried, who);
        return false;
    }
    const auto known = digest(password, *hash);
    {
        std::lock_guard lock(mutex_);
        auto found = remembered_.find(known);
        if (found != remembered_.end() && found->second > clock_.now()) return true;
    }
    const int rounds = bcrypt_rounds(*hash);
    const bool cheap = rounds != 0 && rounds < options_.rounds;
    if (!cheap) ++full_price_;
    if (!verify_password(tried, *hash) || !may_be_right) {
        if (cheap) pay_full_price(tried, {});
        return false;
    }
    remember(password, *hash);
    return true;
}

std::string Checker::hash(std::string_view password) {
    ++full_price_;
    return hash_password(password, options_.rounds, random_);
}

std::string Checker::hash_random_secret(std::string_view secret) {
    return hash_password(secret, std::min(kRandomSecretRounds, options_.rounds), random_);
}

void Checker::remember(std::string_view password, const std::string& hash) {
    if (options_.remember <= Duration::zero()) return;
    auto known = digest(password, hash);
    const auto now = clock_.now();
    std::lock_guard lock(mutex_);
    if (remembered_.size() >= options_.most_remembered)
        std::erase_if(remembered_, [&](const auto& entry) { return entry.second <= now; });
    if (remembered_.size() >= options_.most_remembered) remembered_.clear();
    remembered_[std::move(known)] = now + options_.remember;
}

}  // namespace cumulet::identity::passwords

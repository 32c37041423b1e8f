#include "identity/passwords/checker.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fmt/format.h>

#include <span>

#include "identity/passwords/hash.hpp"

namespace cumulet::identity::passwords {

Checker::Checker(const Clock& clock, Random& random, CheckerOptions options)
    : clock_(clock), random_(random), options_(options), key_(32, '\0') {
    random_.fill(std::as_writable_bytes(std::span(key_)));
    // The digest part matches nothing that bcrypt computes; only the cost matters.
    decoy_ = fmt::format("$2b${:02}$abcdefghijklmnopqrstuu{}", options_.rounds, std::string(31, '.'));
}

std::string Checker::digest(std::string_view password, const std::string& hash) const {
    const std::string message = hash + '\0' + std::string(password);
    std::string mac(32, '\0');
    unsigned int size = 0;
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(),
         reinterpret_cast<unsigned char*>(mac.data()), &size);
    return mac;
}

void Checker::pay_full_price(std::string_view password) {
    ++full_price_;
    verify_password(password.substr(0, 72), decoy_);
}

bool Checker::check(std::string_view password, const std::optional<std::string>& hash) {
    if (!hash) {
        pay_full_price(password);
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
    if (!verify_password(password, *hash)) {
        if (cheap) pay_full_price(password);
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

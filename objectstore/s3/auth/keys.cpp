#include "objectstore/s3/auth/keys.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"

namespace cumulet::objectstore::s3 {

std::string AccessKey::signing_key(const Claim& claim) const {
    const auto scope = claim.scope();
    {
        std::lock_guard lock(mutex_);
        if (scope == scope_) return key_;
    }
    auto key = v4_signing_key(secret_, claim);
    std::lock_guard lock(mutex_);
    scope_ = scope;
    key_ = key;
    return key;
}

bool AccessKey::signed_this(const http::Request& request, const Claim& claim, std::string_view bucket) const {
    if (claim.is_v4()) return v4_fits(request, claim, signing_key(claim));
    return v2_fits(request, claim, secret_, bucket);
}

bool AccessKey::signed_policy(std::string_view policy, const Claim& claim) const {
    const auto wanted = claim.is_v4() ? text::to_hex(hmac(Hash::sha256, signing_key(claim), policy))
                                      : text::to_base64(hmac(Hash::sha1, secret_, policy));
    return text::equal_in_constant_time(wanted, claim.signature);
}

namespace {

class FixedKeys final : public Keys {
public:
    explicit FixedKeys(const std::map<std::string, FixedKey>& keys) {
        for (const auto& [access, key] : keys)
            keys_[access] = std::make_shared<const AccessKey>(key.secret, std::make_shared<auth::Context>(key.owner));
    }
    void find(const std::string& access, std::function<void(FoundKey)> done) override {
        const auto found = keys_.find(access);
        if (found == keys_.end()) return done({});
        done({auth::Verdict::valid, found->second});
    }

private:
    std::map<std::string, std::shared_ptr<const AccessKey>> keys_;
};

}  // namespace

std::unique_ptr<Keys> make_fixed_keys(const std::map<std::string, FixedKey>& keys) {
    return std::make_unique<FixedKeys>(keys);
}

}  // namespace cumulet::objectstore::s3

// Access keys: from the id in a request to the secret and to whom it speaks for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/auth/context.hpp"
#include "common/auth/validator.hpp"
#include "objectstore/s3/auth/signature.hpp"

namespace cumulet::objectstore::s3 {

// Any thread.
class AccessKey {
public:
    AccessKey(std::string secret, auth::ContextPtr owner) : owner_(std::move(owner)), secret_(std::move(secret)) {}
    const auth::ContextPtr& owner() const { return owner_; }
    // Both checks of signature.hpp. The V4 key of the last day and region is kept.
    std::string signing_key(const Claim& claim) const;
    bool signed_this(const http::Request& request, const Claim& claim, std::string_view bucket) const;
    // Whether `signature` is what the secret gives to the text of a POST policy.
    bool signed_policy(std::string_view policy, const Claim& claim) const;

private:
    const auth::ContextPtr owner_;
    const std::string secret_;
    mutable std::mutex mutex_;
    mutable std::string scope_, key_;
};

struct FoundKey {
    auth::Verdict verdict = auth::Verdict::invalid;
    std::shared_ptr<const AccessKey> key;  // set when valid
};

class Keys {
public:
    virtual ~Keys() = default;
    // `done` may run before the call returns, or on an io thread. Any thread.
    virtual void find(const std::string& access, std::function<void(FoundKey)> done) = 0;
};

struct RemoteKeysOptions {
    auth::RemoteOptions identity;
    std::size_t cache_entries = 10'000;
    Duration ttl = std::chrono::seconds(60);          // how long a key is believed at most
    Duration negative_ttl = std::chrono::seconds(5);  // how long a refusal is believed
};

// Asks with POST /v3/ec2keys under a service token; keeps answers in a bounded cache (one flight a key), drops them
// when "identity.revoked" or "identity.key" comes over the bus, and asks again after their time.
std::unique_ptr<Keys> make_remote_keys(http::Client& client, bus::Bus* bus, const Clock& clock,
                                       RemoteKeysOptions options);

// Knows exactly the given keys: unit tests.
struct FixedKey {
    std::string secret;
    auth::Context owner;
};
std::unique_ptr<Keys> make_fixed_keys(const std::map<std::string, FixedKey>& keys);

}  // namespace cumulet::objectstore::s3

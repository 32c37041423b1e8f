// Access keys of the object store's own users: "account:user", whose secret is the user's key.
#pragma once

#include <memory>

#include "objectstore/s3/auth/keys.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::s3 {

class TempKeys final : public Keys {
public:
    // `next` knows all other keys; null: there are none.
    TempKeys(const swift::TempAuth& users, std::unique_ptr<Keys> next) : users_(users), next_(std::move(next)) {}
    void find(const std::string& access, std::function<void(FoundKey)> done) override;

private:
    const swift::TempAuth& users_;
    const std::unique_ptr<Keys> next_;
};

}  // namespace cumulet::objectstore::s3

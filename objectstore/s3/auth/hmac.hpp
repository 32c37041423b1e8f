// The two primitives that AWS's signatures are made of.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cumulet::objectstore::s3 {

enum class Hash { md5, sha1, sha256 };

std::string hmac(Hash hash, std::string_view key, std::string_view data);
std::string digest_of(Hash hash, std::string_view data);

// A digest of what comes piece by piece.
class Digest {
public:
    explicit Digest(Hash hash);
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    void add(std::string_view bytes);
    // The digest, binary; begins anew.
    std::string take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::objectstore::s3

// An issuer of the tests' own: keys, signed tokens, and its answers to questions.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/http/client.hpp"

namespace cumulet::identity::federation::oidc::test {

class Key {
public:
    // "RSA", "EC" or "oct".
    Key(const std::string& type, const std::string& id);
    ~Key();
    std::string sign(const nlohmann::json& claims, const nlohmann::json& header) const;
    nlohmann::json public_part() const;  // a JWK
    std::string id;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// A key of "oct" made of these bytes: what an attacker does with a public key.
std::string sign_with_bytes(const std::string& bytes, const nlohmann::json& claims, const nlohmann::json& header);

}  // namespace cumulet::identity::federation::oidc::test

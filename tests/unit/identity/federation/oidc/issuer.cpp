#include "issuer.hpp"

#include <cjose/cjose.h>

#include <stdexcept>

namespace cumulet::identity::federation::oidc::test {
namespace {

cjose_jwk_t* make(const std::string& type) {
    cjose_err error{};
    if (type == "RSA") return cjose_jwk_create_RSA_random(2048, nullptr, 0, &error);
    if (type == "EC") return cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error);
    return cjose_jwk_create_oct_random(256, &error);
}

std::string sign_by(const cjose_jwk_t* key, const nlohmann::json& claims, const nlohmann::json& header) {
    cjose_err error{};
    cjose_header_t* head = cjose_header_new(&error);
    for (const auto& [name, value] : header.items())
        cjose_header_set(head, name.c_str(), value.get<std::string>().c_str(), &error);
    const auto text = claims.dump();
    cjose_jws_t* jws =
        cjose_jws_sign(key, head, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), &error);
    if (!jws) throw std::runtime_error(error.message);
    const char* compact = nullptr;
    cjose_jws_export(jws, &compact, &error);
    std::string token = compact;
    cjose_jws_release(jws);
    cjose_header_release(head);
    return token;
}

}  // namespace

struct Key::State {
    cjose_jwk_t* jwk;
    ~State() { cjose_jwk_release(jwk); }
};

Key::Key(const std::string& type, const std::string& key_id) : id(key_id), state_(new State{make(type)}) {}
Key::~Key() = default;

std::string Key::sign(const nlohmann::json& claims, const nlohmann::json& header) const {
    return sign_by(state_->jwk, claims, header);
}

nlohmann::json Key::public_part() const {
    cjose_err error{};
    char* text = cjose_jwk_to_json(state_->jwk, false, &error);
    auto jwk = nlohmann::json::parse(text);
    free(text);
    jwk["kid"] = id;
    return jwk;
}

std::string sign_with_bytes(const std::string& bytes, const nlohmann::json& claims, const nlohmann::json& header) {
    cjose_err error{};
    cjose_jwk_t* key =
        cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), &error);
    auto token = sign_by(key, claims, header);
    cjose_jwk_release(key);
    return token;
}

}  // namespace cumulet::identity::federation::oidc::test

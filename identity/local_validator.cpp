#include "identity/local_validator.hpp"

namespace cumulet::identity {
namespace {

class LocalValidator final : public auth::Validator {
public:
    LocalValidator(TokenService& tokens, std::string uri) : tokens_(tokens), uri_(std::move(uri)) {}

    void validate(const std::string& token, std::function<void(auth::Validation)> done) override {
        auto valid = tokens_.validate(token);
        if (!valid) return done({.verdict = auth::Verdict::invalid, .context = nullptr});
        done({.verdict = auth::Verdict::valid, .context = valid->context});
    }
    std::string authenticate_uri() const override { return uri_; }

private:
    TokenService& tokens_;
    std::string uri_;
};

}  // namespace

std::unique_ptr<auth::Validator> make_local_validator(TokenService& tokens, std::string authenticate_uri) {
    return std::make_unique<LocalValidator>(tokens, std::move(authenticate_uri));
}

}  // namespace cumulet::identity

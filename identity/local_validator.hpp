// The identity service's own tokens, validated without asking anybody.
#pragma once

#include <memory>
#include <string>

#include "common/auth/validator.hpp"
#include "identity/token_service.hpp"

namespace cumulet::identity {

// `tokens` outlives it.
std::unique_ptr<auth::Validator> make_local_validator(TokenService& tokens, std::string authenticate_uri);

}  // namespace cumulet::identity

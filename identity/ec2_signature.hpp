// The signatures of AWS clients, checked for services that do not hold the secret keys.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cumulet::identity {

// The signature that `secret` gives to a request described as POST /v3/ec2tokens describes it (verb, host, path,
// params, headers, body_hash): versions 0, 1, 2 and 4. nullopt when the description is not complete.
std::optional<std::string> ec2_signature(std::string_view secret, const nlohmann::json& request);
// The same for S3, where the client sends the text it signed: version 4 when it begins with "AWS4", else HMAC-SHA1.
// nullopt when the text is malformed.
std::optional<std::string> s3_signature(std::string_view secret, std::string_view string_to_sign);

}  // namespace cumulet::identity

// Where an EC2 key is kept.
#pragma once

#include <string>
#include <string_view>

namespace cumulet::identity {

// The id of the credential with this access key: the SHA-256 of the key in hex, so that it is found without a list.
std::string ec2_credential_id(std::string_view access);

}  // namespace cumulet::identity

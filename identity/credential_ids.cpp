#include "identity/credential_ids.hpp"

#include <openssl/evp.h>

#include "common/runtime/text.hpp"

namespace cumulet::identity {

std::string ec2_credential_id(std::string_view access) {
    std::string digest(32, '\0');
    unsigned int size = 0;
    EVP_Digest(access.data(), access.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(),
               nullptr);
    return text::to_hex(digest);
}

}  // namespace cumulet::identity

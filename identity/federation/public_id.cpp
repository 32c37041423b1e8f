#include "identity/federation/public_id.hpp"

#include <openssl/evp.h>

#include "common/runtime/text.hpp"

namespace cumulet::identity::federation {

std::string public_id_of(std::string_view domain_id, std::string_view entity_type, std::string_view local_id) {
    std::string text;
    for (const auto part : {domain_id, entity_type, local_id}) text += part;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    return text::to_hex({reinterpret_cast<const char*>(digest), size});
}

}  // namespace cumulet::identity::federation

// What providers do that encrypt.
#pragma once

#include <string>

namespace cumulet::test {

enum class KeyTransport { oaep, pkcs1 };
// The response with its assertion encrypted for the holder of the certificate's key.
std::string with_encrypted_assertion(const std::string& response, const std::string& certificate_pem,
                                     KeyTransport transport = KeyTransport::oaep);

}  // namespace cumulet::test

// RSA keys with certificates that they signed themselves.
#pragma once

#include <string>

namespace cumulet::test {

struct KeyPair {
    std::string key_pem, certificate_pem;
};
KeyPair new_key_pair();
// By the key of the certificate.
bool is_rsa_sha256(const std::string& text, const std::string& signature, const std::string& certificate_pem);

}  // namespace cumulet::test

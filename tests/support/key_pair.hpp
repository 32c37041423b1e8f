// Keys and certificates of the tests' own.
#pragma once

#include <string>

namespace cumulet::identity::federation::saml::test {

struct KeyPair {
    std::string key_pem, certificate_pem;
};
KeyPair new_key_pair();

}  // namespace cumulet::identity::federation::saml::test

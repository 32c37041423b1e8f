// Encrypted parts of XML by xmlsec. Only for .cpp files of this folder.
#pragma once

#include <libxml/tree.h>

#include <string>

namespace cumulet::identity::federation::saml {

// Puts into the place of `encrypted` (an EncryptedAssertion, whose key is for us) what was in it. Fault 401 for what
// does not open, whatever the reason. Keys by RSA-OAEP, contents by AES only. Any thread.
void decrypt_in_place(xmlNode* encrypted, const std::string& key_pem);

}  // namespace cumulet::identity::federation::saml

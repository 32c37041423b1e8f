// Signatures of XML by xmlsec. Only for .cpp files of this folder.
#pragma once

#include <libxml/tree.h>

#include <string>

namespace cumulet::identity::federation::saml {

// Goes before any other use of xmlsec; once is enough, more do no harm.
void start_library();

// Whether `element` bears, as a direct child, a signature by this certificate's key over exactly itself: one reference,
// to its own id, without other transforms than enveloped and canonicalisation. What the document says about keys is not
// looked at. register_ids() goes first. Any thread.
bool is_signed_by(xmlNode* element, const std::string& certificate_pem, bool allow_sha1);

// Signs `element` (by its ID) with the key and puts the signature behind its first child (the issuer). Throws
// std::runtime_error.
void sign(xmlNode* element, const std::string& id, const std::string& key_pem, const std::string& certificate_pem);

}  // namespace cumulet::identity::federation::saml

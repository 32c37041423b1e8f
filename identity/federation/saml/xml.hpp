// libxml2's documents held by C++, and reading what strangers wrote. Only for .cpp files of this folder.
#pragma once

#include <libxml/tree.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::identity::federation::saml {

struct FreeDocument {
    void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

inline constexpr const char* kAssertionNs = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr const char* kProtocolNs = "urn:oasis:names:tc:SAML:2.0:protocol";
inline constexpr const char* kMetadataNs = "urn:oasis:names:tc:SAML:2.0:metadata";
inline constexpr const char* kSoapNs = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr const char* kEcpNs = "urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp";
inline constexpr const char* kSignatureNs = "http://www.w3.org/2000/09/xmldsig#";
inline constexpr const char* kEncryptionNs = "http://www.w3.org/2001/04/xmlenc#";
inline constexpr const char* kBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
inline constexpr const char* kSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success";

inline constexpr std::size_t kLongestDocument = 512 * 1024;

// Fault 401 for what is not well-formed, too long, or has a document type (entities).
Document parse(std::string_view text);
bool is(const xmlNode* node, const char* ns, const char* name);
// Child elements of that name, in order.
std::vector<xmlNode*> children(const xmlNode* node, const char* ns, const char* name);
// The one child of that name. Fault 401 when there is none or more.
xmlNode* only_child(const xmlNode* node, const char* ns, const char* name);
// Empty when it is not there.
std::string attribute(const xmlNode* node, const char* name);
// All text below, without blanks around it; comments do not cut it short.
std::string text_of(const xmlNode* node);
// Tells the document which attributes are ids. Fault 401 when an id that a signature can be for is there twice.
void register_ids(xmlDoc* document);

// Making documents.
xmlNode* add(xmlNode* parent, xmlNs* ns, const char* name, const std::string& text = "");
void set(xmlNode* node, const char* name, const std::string& value);
std::string print(xmlDoc* document);

}  // namespace cumulet::identity::federation::saml

#include "encrypted.hpp"

#include <xmlsec/crypto.h>
#include <xmlsec/keysmngr.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmlenc.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <stdexcept>

#include "identity/federation/saml/signature.hpp"
#include "identity/federation/saml/xml.hpp"

namespace cumulet::test {

using namespace cumulet::identity::federation::saml;

std::string with_encrypted_assertion(const std::string& response, const std::string& certificate_pem,
                                     KeyTransport transport) {
    start_library();
    const auto document = parse(response);
    auto* root = xmlDocGetRootElement(document.get());
    auto* assertion = only_child(root, kAssertionNs, "Assertion");
    auto* data = xmlSecTmplEncDataCreate(document.get(), xmlSecTransformAes256GcmId, nullptr, xmlSecTypeEncElement,
                                         nullptr, nullptr);
    xmlSecTmplEncDataEnsureCipherValue(data);
    auto* key = xmlSecTmplKeyInfoAddEncryptedKey(
        xmlSecTmplEncDataEnsureKeyInfo(data, nullptr),
        transport == KeyTransport::oaep ? xmlSecTransformRsaOaepId : xmlSecTransformRsaPkcs1Id, nullptr, nullptr,
        nullptr);
    xmlSecTmplEncDataEnsureCipherValue(key);
    auto* manager = xmlSecKeysMngrCreate();
    xmlSecOpenSSLAppDefaultKeysMngrInit(manager);
    xmlSecOpenSSLAppDefaultKeysMngrAdoptKey(
        manager, xmlSecOpenSSLAppKeyLoadMemory(reinterpret_cast<const xmlSecByte*>(certificate_pem.data()),
                                               static_cast<xmlSecSize>(certificate_pem.size()),
                                               xmlSecKeyDataFormatCertPem, nullptr, nullptr, nullptr));
    auto* context = xmlSecEncCtxCreate(manager);
    context->encKey = xmlSecKeyGenerate(xmlSecKeyDataAesId, 256, xmlSecKeyDataTypeSession);
    if (xmlSecEncCtxXmlEncrypt(context, data, assertion) < 0) throw std::runtime_error("cannot encrypt");
    auto* wrapper = xmlNewNode(nullptr, reinterpret_cast<const xmlChar*>("EncryptedAssertion"));
    xmlSetNs(wrapper, xmlNewNs(wrapper, reinterpret_cast<const xmlChar*>(kAssertionNs), nullptr));
    xmlReplaceNode(data, wrapper);
    xmlAddChild(wrapper, data);
    auto text = print(document.get());
    xmlSecEncCtxDestroy(context);
    xmlSecKeysMngrDestroy(manager);
    return text;
}

}  // namespace cumulet::test

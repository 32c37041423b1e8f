#include "identity/federation/saml/signature.hpp"

#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <memory>
#include <mutex>
#include <stdexcept>

#include "identity/federation/saml/xml.hpp"

namespace cumulet::identity::federation::saml {
namespace {

const xmlChar* raw(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

struct FreeContext {
    void operator()(xmlSecDSigCtx* context) const { xmlSecDSigCtxDestroy(context); }
};
using Context = std::unique_ptr<xmlSecDSigCtx, FreeContext>;

xmlSecKey* load(const std::string& pem, xmlSecKeyDataFormat format) {
    return xmlSecOpenSSLAppKeyLoadMemory(reinterpret_cast<const xmlSecByte*>(pem.data()),
                                         static_cast<xmlSecSize>(pem.size()), format, nullptr, nullptr, nullptr);
}

// What may occur in a signature at all.
void restrict(xmlSecDSigCtx* context, bool allow_sha1) {
    context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    for (auto id : {xmlSecTransformInclC14NId, xmlSecTransformExclC14NId}) {
        xmlSecDSigCtxEnableSignatureTransform(context, id);
        xmlSecDSigCtxEnableReferenceTransform(context, id);
    }
    xmlSecDSigCtxEnableReferenceTransform(context, xmlSecTransformEnvelopedId);
    for (auto id : {xmlSecTransformSha256Id, xmlSecTransformSha384Id, xmlSecTransformSha512Id})
        xmlSecDSigCtxEnableReferenceTransform(context, id);
    for (auto id : {xmlSecTransformRsaSha256Id, xmlSecTransformRsaSha384Id, xmlSecTransformRsaSha512Id,
                    xmlSecTransformEcdsaSha256Id, xmlSecTransformEcdsaSha384Id, xmlSecTransformEcdsaSha512Id})
        xmlSecDSigCtxEnableSignatureTransform(context, id);
    if (allow_sha1) {
        xmlSecDSigCtxEnableReferenceTransform(context, xmlSecTransformSha1Id);
        xmlSecDSigCtxEnableSignatureTransform(context, xmlSecTransformRsaSha1Id);
    }
}

// The one reference of a signature, as it stands there.
bool refers_to(const xmlNode* signature, const std::string& id) {
    const auto info = children(signature, kSignatureNs, "SignedInfo");
    if (info.size() != 1) return false;
    const auto references = children(info.front(), kSignatureNs, "Reference");
    return references.size() == 1 && !id.empty() && attribute(references.front(), "URI") == "#" + id;
}

}  // namespace

void start_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        xmlInitParser();
        if (xmlSecInit() < 0 || xmlSecOpenSSLAppInit(nullptr) < 0 || xmlSecOpenSSLInit() < 0)
            throw std::runtime_error("xmlsec does not start");
        xmlSecErrorsDefaultCallbackEnableOutput(0);
    });
}

bool is_signed_by(xmlNode* element, const std::string& certificate_pem, bool allow_sha1) {
    start_library();
    const auto signatures = children(element, kSignatureNs, "Signature");
    const auto id = attribute(element, "ID");
    if (signatures.size() != 1 || !refers_to(signatures.front(), id)) return false;
    // The id must lead to this very element.
    auto* named = xmlGetID(element->doc, raw(id.c_str()));
    if (!named || named->parent != element) return false;
    const Context context(xmlSecDSigCtxCreate(nullptr));
    if (!context) return false;
    restrict(context.get(), allow_sha1);
    context->signKey = load(certificate_pem, xmlSecKeyDataFormatCertPem);
    if (!context->signKey) throw std::runtime_error("the certificate of an identity provider cannot be read");
    return xmlSecDSigCtxVerify(context.get(), signatures.front()) == 0 && context->status == xmlSecDSigStatusSucceeded;
}

void sign(xmlNode* element, const std::string& id, const std::string& key_pem, const std::string& certificate_pem) {
    start_library();
    auto* property = xmlHasProp(element, raw("ID"));
    xmlAddID(nullptr, element->doc, raw(id.c_str()), property);
    auto* signature =
        xmlSecTmplSignatureCreate(element->doc, xmlSecTransformExclC14NId, xmlSecTransformRsaSha256Id, nullptr);
    if (!signature) throw std::runtime_error("no signature template");
    xmlAddNextSibling(xmlSecGetNextElementNode(element->children), signature);
    auto* reference =
        xmlSecTmplSignatureAddReference(signature, xmlSecTransformSha256Id, nullptr, raw(("#" + id).c_str()), nullptr);
    xmlSecTmplReferenceAddTransform(reference, xmlSecTransformEnvelopedId);
    xmlSecTmplReferenceAddTransform(reference, xmlSecTransformExclC14NId);
    auto* info = xmlSecTmplSignatureEnsureKeyInfo(signature, nullptr);
    xmlSecTmplX509DataAddCertificate(xmlSecTmplKeyInfoAddX509Data(info));
    const Context context(xmlSecDSigCtxCreate(nullptr));
    context->signKey = load(key_pem, xmlSecKeyDataFormatPem);
    if (!context->signKey) throw std::runtime_error("the key for SAML assertions cannot be read");
    if (xmlSecOpenSSLAppKeyCertLoadMemory(context->signKey, reinterpret_cast<const xmlSecByte*>(certificate_pem.data()),
                                          static_cast<xmlSecSize>(certificate_pem.size()), xmlSecKeyDataFormatPem) < 0)
        throw std::runtime_error("the certificate for SAML assertions cannot be read");
    if (xmlSecDSigCtxSign(context.get(), signature) < 0) throw std::runtime_error("a SAML assertion cannot be signed");
}

}  // namespace cumulet::identity::federation::saml

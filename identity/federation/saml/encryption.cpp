#include "identity/federation/saml/encryption.hpp"

#include <xmlsec/crypto.h>
#include <xmlsec/keysmngr.h>
#include <xmlsec/xmlenc.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>

#include "identity/federation/saml/signature.hpp"
#include "identity/federation/saml/xml.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation::saml {
namespace {

struct FreeManager {
    void operator()(xmlSecKeysMngr* manager) const { xmlSecKeysMngrDestroy(manager); }
};
using Manager = std::unique_ptr<xmlSecKeysMngr, FreeManager>;

struct FreeContext {
    void operator()(xmlSecEncCtx* context) const { xmlSecEncCtxDestroy(context); }
};
using Context = std::unique_ptr<xmlSecEncCtx, FreeContext>;

// One answer for every failure: what exactly went wrong with a padding is nobody's affair.
api::Fault closed() { return unauthorized("an encrypted assertion that does not open"); }

Manager manager_with(const std::string& key_pem) {
    Manager manager(xmlSecKeysMngrCreate());
    if (!manager || xmlSecOpenSSLAppDefaultKeysMngrInit(manager.get()) < 0)
        throw std::runtime_error("xmlsec has no place for keys");
    auto* key = xmlSecOpenSSLAppKeyLoadMemory(reinterpret_cast<const xmlSecByte*>(key_pem.data()),
                                              static_cast<xmlSecSize>(key_pem.size()), xmlSecKeyDataFormatPem, nullptr,
                                              nullptr, nullptr);
    if (!key) throw std::runtime_error("the key that opens SAML assertions cannot be read");
    if (xmlSecOpenSSLAppDefaultKeysMngrAdoptKey(manager.get(), key) < 0) {
        xmlSecKeyDestroy(key);
        throw std::runtime_error("the key that opens SAML assertions is not taken");
    }
    return manager;
}

// The library's lists hold pointers to anything.
xmlSecPtr handle(const void* id) { return const_cast<xmlSecPtr>(id); }

void allow_only(xmlSecTransformCtx& transforms, std::initializer_list<xmlSecTransformId> ids) {
    transforms.enabledUris = xmlSecTransformUriTypeNone;  // nothing is fetched
    for (const auto* id : ids)
        if (xmlSecPtrListAdd(&transforms.enabledTransforms, handle(id)) < 0)
            throw std::runtime_error("xmlsec takes no restrictions");
}

// What may occur in an encryption at all: a key that comes along, encrypted for ours, whatever is said about who ours
// is.
void restrict(xmlSecEncCtx* context) {
    auto& keys = context->keyInfoReadCtx;
    keys.maxRetrievalMethodLevel = 0;
    keys.maxEncryptedKeyLevel = 1;
    if (xmlSecPtrListAdd(&keys.enabledKeyData, handle(xmlSecKeyDataEncryptedKeyId)) < 0 ||
        xmlSecKeyInfoCtxCreateEncCtx(&keys) < 0)
        throw std::runtime_error("xmlsec takes no restrictions");
    allow_only(context->transformCtx, {xmlSecTransformAes128CbcId, xmlSecTransformAes256CbcId,
                                       xmlSecTransformAes128GcmId, xmlSecTransformAes256GcmId});
    allow_only(keys.encCtx->transformCtx, {xmlSecTransformRsaOaepId});
}

}  // namespace

void decrypt_in_place(xmlNode* encrypted, const std::string& key_pem) {
    start_library();
    auto* data = only_child(encrypted, kEncryptionNs, "EncryptedData");
    // Its key may stand beside it; it is looked for within.
    const auto beside = children(encrypted, kEncryptionNs, "EncryptedKey");
    if (beside.size() > 1) throw closed();
    auto* info = xmlSecFindChild(data, xmlSecNodeKeyInfo, xmlSecDSigNs);
    if (!info) throw closed();
    if (!beside.empty()) {
        for (auto* child = info->children; child;) {
            auto* next = child->next;
            xmlUnlinkNode(child);
            xmlFreeNode(child);
            child = next;
        }
        xmlUnlinkNode(beside.front());
        xmlAddChild(info, beside.front());
    }
    const auto manager = manager_with(key_pem);
    const Context context(xmlSecEncCtxCreate(manager.get()));
    if (!context) throw std::runtime_error("xmlsec does not decrypt");
    restrict(context.get());
    if (xmlSecEncCtxDecrypt(context.get(), data) < 0 || !context->resultReplaced) throw closed();
    auto* assertion = only_child(encrypted, kAssertionNs, "Assertion");
    xmlUnlinkNode(assertion);
    xmlReplaceNode(encrypted, assertion);
    xmlFreeNode(encrypted);
}

}  // namespace cumulet::identity::federation::saml

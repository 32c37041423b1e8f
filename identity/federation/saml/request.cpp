#include "identity/federation/saml/request.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <zlib.h>

#include <memory>
#include <stdexcept>

#include "common/runtime/text.hpp"
#include "identity/federation/saml/xml.hpp"

namespace cumulet::identity::federation::saml {
namespace {

constexpr const char* kPostBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
constexpr const char* kRsaSha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

const xmlChar* raw(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

std::string request_document(const TrustedIssuer& issuer, const std::string& id, const std::string& answer_to,
                             Timestamp now) {
    const Document document(xmlNewDoc(raw("1.0")));
    auto* request = xmlNewNode(nullptr, raw("AuthnRequest"));
    xmlDocSetRootElement(document.get(), request);
    auto* protocol = xmlNewNs(request, raw(kProtocolNs), raw("samlp"));
    auto* assertion = xmlNewNs(request, raw(kAssertionNs), raw("saml"));
    xmlSetNs(request, protocol);
    set(request, "ID", id);
    set(request, "Version", "2.0");
    set(request, "IssueInstant", to_iso_seconds(std::chrono::floor<std::chrono::seconds>(now)));
    set(request, "Destination", issuer.sign_on_url);
    set(request, "AssertionConsumerServiceURL", answer_to);
    set(request, "ProtocolBinding", kPostBinding);
    add(request, assertion, "Issuer", issuer.audience);
    set(add(request, protocol, "NameIDPolicy"), "AllowCreate", "true");
    return print(document.get());
}

// Without zlib's own frame, as the binding asks.
std::string deflated(const std::string& text) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib does not start");
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int end = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (end != Z_STREAM_END) throw std::runtime_error("a SAML request cannot be compressed");
    return out;
}

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string rsa_signature(const std::string& text, const std::string& key_pem) {
    const std::unique_ptr<BIO, FreeBio> source(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
    const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
    if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
        throw std::runtime_error("the key for SAML requests is no RSA key");
    const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
        throw std::runtime_error("a SAML request cannot be signed");
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) !=
        1)
        throw std::runtime_error("a SAML request cannot be signed");
    signature.resize(size);
    return signature;
}

}  // namespace

SignOn begin_sign_on(const TrustedIssuer& issuer, const std::string& answer_to, const std::string& relay_state,
                     Timestamp now, Random& random) {
    SignOn begun{.request_id = "_" + random.hex_uuid(), .location = issuer.sign_on_url};
    const auto document = request_document(issuer, begun.request_id, answer_to, now);
    std::string query = "SAMLRequest=" + text::percent_encode(text::to_base64(deflated(document))) +
                        "&RelayState=" + text::percent_encode(relay_state);
    if (!issuer.key_pem.empty()) {
        query += "&SigAlg=" + text::percent_encode(kRsaSha256);
        query += "&Signature=" + text::percent_encode(text::to_base64(rsa_signature(query, issuer.key_pem)));
    }
    begun.location += (issuer.sign_on_url.find('?') == std::string::npos ? "?" : "&") + query;
    return begun;
}

}  // namespace cumulet::identity::federation::saml

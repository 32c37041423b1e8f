#include "identity/federation/saml/issuer.hpp"

#include "identity/federation/saml/signature.hpp"
#include "identity/federation/saml/xml.hpp"

namespace cumulet::identity::federation::saml {
namespace {

constexpr const char* kEntity = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
constexpr const char* kPassword = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
constexpr const char* kUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
constexpr const char* kBasic = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";

const xmlChar* raw(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

std::string instant(Timestamp time) { return to_iso_seconds(std::chrono::floor<std::chrono::seconds>(time)); }

void set_header(xmlNode* node, const std::string& id, Timestamp now) {
    set(node, "ID", id);
    set(node, "Version", "2.0");
    set(node, "IssueInstant", instant(now));
}

void add_issuer(xmlNode* node, xmlNs* ns, const OwnIssuer& own) {
    set(add(node, ns, "Issuer", own.entity_id), "Format", kEntity);
}

void add_attribute(xmlNode* statement, xmlNs* ns, const char* name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    auto* node = add(statement, ns, "Attribute");
    set(node, "Name", name);
    set(node, "NameFormat", kBasic);
    for (const auto& value : values) add(node, ns, "AttributeValue", value);
}

void add_subject(xmlNode* assertion, xmlNs* ns, const Statement& said, const std::string& ends) {
    auto* subject = add(assertion, ns, "Subject");
    set(add(subject, ns, "NameID", said.user), "Format", kUnspecified);
    auto* confirmation = add(subject, ns, "SubjectConfirmation");
    set(confirmation, "Method", kBearer);
    auto* data = add(confirmation, ns, "SubjectConfirmationData");
    set(data, "NotOnOrAfter", ends);
    set(data, "Recipient", said.recipient);
    if (!said.in_response_to.empty()) set(data, "InResponseTo", said.in_response_to);
}

void add_statements(xmlNode* assertion, xmlNs* ns, const OwnIssuer& own, const Statement& said, Timestamp now,
                    Random& random) {
    auto* authn = add(assertion, ns, "AuthnStatement");
    set(authn, "AuthnInstant", instant(now));
    set(authn, "SessionIndex", random.hex_uuid());
    auto* context = add(authn, ns, "AuthnContext");
    add(context, ns, "AuthnContextClassRef", kPassword);
    add(context, ns, "AuthenticatingAuthority", own.entity_id);
    auto* attributes = add(assertion, ns, "AttributeStatement");
    add_attribute(attributes, ns, "openstack_user", {said.user});
    add_attribute(attributes, ns, "openstack_user_domain", {said.user_domain});
    add_attribute(attributes, ns, "openstack_roles", said.roles);
    add_attribute(attributes, ns, "openstack_project", {said.project});
    add_attribute(attributes, ns, "openstack_project_domain", {said.project_domain});
    add_attribute(attributes, ns, "openstack_groups", said.groups);
}

// Fills `response`, which stands in its document already, and signs the assertion in it.
void fill_response(xmlNode* response, xmlNs* protocol, const OwnIssuer& own, const Statement& said, Timestamp now,
                   Random& random) {
    auto* ns = xmlNewNs(response, raw(kAssertionNs), raw("saml"));
    const auto ends = instant(now + std::chrono::seconds(own.lifetime_s));
    set_header(response, "_" + random.hex_uuid(), now);
    set(response, "Destination", said.recipient);
    add_issuer(response, ns, own);
    set(add(add(response, protocol, "Status"), protocol, "StatusCode"), "Value", kSuccess);
    auto* assertion = add(response, ns, "Assertion");
    const auto id = "_" + random.hex_uuid();
    set_header(assertion, id, now);
    add_issuer(assertion, ns, own);
    add_subject(assertion, ns, said, ends);
    auto* conditions = add(assertion, ns, "Conditions");
    set(conditions, "NotBefore", instant(now));
    set(conditions, "NotOnOrAfter", ends);
    if (!said.audience.empty()) add(add(conditions, ns, "AudienceRestriction"), ns, "Audience", said.audience);
    add_statements(assertion, ns, own, said, now, random);
    sign(assertion, id, own.key_pem, own.certificate_pem);
}

Document new_document(xmlNode*& root, xmlNs*& ns, const char* uri, const char* prefix, const char* name) {
    Document document(xmlNewDoc(raw("1.0")));
    root = xmlNewDocNode(document.get(), nullptr, raw(name), nullptr);
    xmlDocSetRootElement(document.get(), root);
    ns = xmlNewNs(root, raw(uri), raw(prefix));
    xmlSetNs(root, ns);
    return document;
}

}  // namespace

std::string make_response(const OwnIssuer& own, const Statement& statement, Timestamp now, Random& random) {
    xmlNode* root = nullptr;
    xmlNs* ns = nullptr;
    const auto document = new_document(root, ns, kProtocolNs, "samlp", "Response");
    fill_response(root, ns, own, statement, now, random);
    return print(document.get());
}

std::string make_ecp(const OwnIssuer& own, const Statement& statement, const std::string& relay_state, Timestamp now,
                     Random& random) {
    xmlNode* root = nullptr;
    xmlNs* soap = nullptr;
    const auto document = new_document(root, soap, kSoapNs, "soap11", "Envelope");
    auto* ecp = xmlNewNs(root, raw(kEcpNs), raw("ecp"));
    auto* header = add(root, soap, "Header");
    for (auto* node : {add(header, ecp, "RelayState", relay_state), add(header, ecp, "Response")}) {
        xmlNewNsProp(node, soap, raw("actor"), raw("http://schemas.xmlsoap.org/soap/actor/next"));
        xmlNewNsProp(node, soap, raw("mustUnderstand"), raw("1"));
        if (xmlStrEqual(node->name, raw("Response"))) set(node, "AssertionConsumerServiceURL", statement.recipient);
    }
    auto* body = add(root, soap, "Body");
    auto* response = xmlNewChild(body, nullptr, raw("Response"), nullptr);
    auto* protocol = xmlNewNs(response, raw(kProtocolNs), raw("samlp"));
    xmlSetNs(response, protocol);
    fill_response(response, protocol, own, statement, now, random);
    return print(document.get());
}

std::string make_metadata(const OwnIssuer& own, const std::string& sign_on_url) {
    xmlNode* root = nullptr;
    xmlNs* ns = nullptr;
    const auto document = new_document(root, ns, kMetadataNs, "md", "EntityDescriptor");
    set(root, "entityID", own.entity_id);
    auto* idp = add(root, ns, "IDPSSODescriptor");
    set(idp, "protocolSupportEnumeration", kProtocolNs);
    auto* key = add(idp, ns, "KeyDescriptor");
    set(key, "use", "signing");
    auto* info = xmlNewChild(key, nullptr, raw("KeyInfo"), nullptr);
    auto* ds = xmlNewNs(info, raw(kSignatureNs), raw("ds"));
    xmlSetNs(info, ds);
    std::string base64;
    bool inside = false;
    for (std::size_t at = 0; at < own.certificate_pem.size();) {
        const auto end = std::min(own.certificate_pem.find('\n', at), own.certificate_pem.size());
        const auto line = own.certificate_pem.substr(at, end - at);
        if (line.starts_with("-----END")) break;
        if (inside) base64 += line;
        if (line.starts_with("-----BEGIN CERT")) inside = true;
        at = end + 1;
    }
    add(add(info, ds, "X509Data"), ds, "X509Certificate", base64);
    add(idp, ns, "NameIDFormat", kUnspecified);
    auto* service = add(idp, ns, "SingleSignOnService");
    set(service, "Binding", "urn:oasis:names:tc:SAML:2.0:bindings:URI");
    set(service, "Location", sign_on_url);
    return print(document.get());
}

}  // namespace cumulet::identity::federation::saml

#include "identity/federation/saml/consumer.hpp"

#include <optional>

#include "identity/federation/saml/encryption.hpp"
#include "identity/federation/saml/signature.hpp"
#include "identity/federation/saml/xml.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation::saml {
namespace {

constexpr auto kSkew = std::chrono::seconds(60);

xmlNode* response_of(xmlDoc* document) {
    auto* root = xmlDocGetRootElement(document);
    if (is(root, kSoapNs, "Envelope")) root = only_child(only_child(root, kSoapNs, "Body"), kProtocolNs, "Response");
    if (!is(root, kProtocolNs, "Response")) throw unauthorized("a SAML document that is no response");
    return root;
}

Timestamp time_of(const std::string& text) {
    auto parsed = parse_iso(text);
    if (!parsed) throw unauthorized("a SAML document with a time that is none: " + text);
    return *parsed;
}

// From NotBefore to NotOnOrAfter of an element; false outside.
bool in_force(const xmlNode* node, Timestamp now) {
    const auto begins = attribute(node, "NotBefore"), ends = attribute(node, "NotOnOrAfter");
    if (!begins.empty() && time_of(begins) > now + kSkew) return false;
    return ends.empty() || time_of(ends) + kSkew > now;
}

void check_response(const xmlNode* response, const TrustedIssuer& issuer, const std::string& recipient) {
    const auto* status = only_child(only_child(response, kProtocolNs, "Status"), kProtocolNs, "StatusCode");
    if (attribute(status, "Value") != kSuccess)
        throw unauthorized("the provider reports " + attribute(status, "Value"));
    const auto destination = attribute(response, "Destination");
    if (!destination.empty() && destination != recipient)
        throw unauthorized("a response for another place: " + destination);
    for (const auto* said : children(response, kAssertionNs, "Issuer"))
        if (text_of(said) != issuer.entity_id) throw unauthorized("a response of another provider");
}

void check_conditions(const xmlNode* assertion, const TrustedIssuer& issuer, Timestamp now) {
    const auto conditions = children(assertion, kAssertionNs, "Conditions");
    if (conditions.size() > 1) throw unauthorized("an assertion with conditions twice");
    if (conditions.empty()) return;
    if (!in_force(conditions.front(), now)) throw unauthorized("an assertion that is not in force");
    for (const auto* restriction : children(conditions.front(), kAssertionNs, "AudienceRestriction")) {
        bool ours = false;
        for (const auto* audience : children(restriction, kAssertionNs, "Audience"))
            ours = ours || text_of(audience) == issuer.audience;
        if (!ours) throw unauthorized("an assertion for another audience");
    }
}

// When the confirmation that makes the bearer the subject ends.
Timestamp confirmed_until(const xmlNode* subject, const std::string& recipient, Timestamp now,
                          const std::string& request_id) {
    for (const auto* confirmation : children(subject, kAssertionNs, "SubjectConfirmation")) {
        if (attribute(confirmation, "Method") != kBearer) continue;
        for (const auto* data : children(confirmation, kAssertionNs, "SubjectConfirmationData")) {
            const auto ends = attribute(data, "NotOnOrAfter");
            if (!request_id.empty() && attribute(data, "InResponseTo") != request_id) continue;
            if (!ends.empty() && attribute(data, "Recipient") == recipient && in_force(data, now)) return time_of(ends);
        }
    }
    throw unauthorized("an assertion that does not make its bearer, here and now, the subject");
}

void take_attributes(const xmlNode* assertion, Assertion& into) {
    for (const auto* statement : children(assertion, kAssertionNs, "AttributeStatement")) {
        for (const auto* each : children(statement, kAssertionNs, "Attribute")) {
            std::vector<std::string> values;
            for (const auto* value : children(each, kAssertionNs, "AttributeValue")) values.push_back(text_of(value));
            if (values.empty()) continue;
            for (const auto& name : {attribute(each, "Name"), attribute(each, "FriendlyName")})
                if (!name.empty() && !into.contains(name)) into[name] = values;
            if (const auto name = attribute(each, "Name"); !name.empty()) into.try_emplace("MELLON_" + name, values);
        }
    }
}

// Replaces an encrypted assertion by what is in it.
void open_assertion(xmlDoc* document, xmlNode* response, const TrustedIssuer& issuer) {
    const auto encrypted = children(response, kAssertionNs, "EncryptedAssertion");
    if (encrypted.empty()) return;
    if (issuer.key_pem.empty()) throw unauthorized("an encrypted assertion, and no key to open it");
    if (encrypted.size() > 1) throw unauthorized("more than one encrypted assertion");
    decrypt_in_place(encrypted.front(), issuer.key_pem);
    register_ids(document);
}

}  // namespace

Consumed consume(std::string_view xml, const TrustedIssuer& issuer, const std::string& recipient, Timestamp now,
                 const std::string& request_id) {
    const auto document = parse(xml);
    register_ids(document.get());
    auto* response = response_of(document.get());
    // Before anything in it is opened: the provider signed it as it came.
    const bool whole_is_signed = is_signed_by(response, issuer.certificate_pem, issuer.allow_sha1);
    open_assertion(document.get(), response, issuer);
    auto* assertion = only_child(response, kAssertionNs, "Assertion");
    if (!whole_is_signed && !is_signed_by(assertion, issuer.certificate_pem, issuer.allow_sha1))
        throw unauthorized("an assertion that its provider did not sign");
    check_response(response, issuer, recipient);
    if (text_of(only_child(assertion, kAssertionNs, "Issuer")) != issuer.entity_id)
        throw unauthorized("an assertion of another provider");
    check_conditions(assertion, issuer, now);
    const auto* subject = only_child(assertion, kAssertionNs, "Subject");
    Consumed consumed{.attributes = {},
                      .assertion_id = attribute(assertion, "ID"),
                      .until = confirmed_until(subject, recipient, now, request_id) + kSkew};
    if (consumed.assertion_id.empty()) throw unauthorized("an assertion without an id");
    for (const char* name : {"MELLON_IDP", "Shib-Identity-Provider"}) consumed.attributes[name] = {issuer.entity_id};
    if (const auto names = children(subject, kAssertionNs, "NameID"); names.size() == 1)
        for (const char* name : {"MELLON_NAME_ID", "REMOTE_USER"}) consumed.attributes[name] = {text_of(names.front())};
    take_attributes(assertion, consumed.attributes);
    return consumed;
}

}  // namespace cumulet::identity::federation::saml

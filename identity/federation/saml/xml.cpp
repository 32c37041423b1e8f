#include "identity/federation/saml/xml.hpp"

#include <libxml/parser.h>
#include <libxml/valid.h>

#include <functional>
#include <set>

#include "common/runtime/text.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity::federation::saml {
namespace {

const xmlChar* raw(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

std::string taken(xmlChar* text) {
    if (!text) return "";
    std::string out = reinterpret_cast<const char*>(text);
    xmlFree(text);
    return out;
}

// libxml tells the standard error stream what it thinks of bytes, whatever the options say: a log that anybody writes.
void tell_nobody(void*, const char*, ...) {}

void be_quiet() {
    thread_local const bool quiet = [] {
        xmlSetGenericErrorFunc(nullptr, tell_nobody);
        return true;
    }();
    static_cast<void>(quiet);
}

}  // namespace

Document parse(std::string_view text) {
    if (text.empty() || text.size() > kLongestDocument) throw unauthorized("a SAML document that is empty or too long");
    // What would be expanded or fetched must not even be there.
    if (text.find("<!DOCTYPE") != std::string_view::npos) throw unauthorized("a SAML document with a document type");
    be_quiet();
    Document document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
    if (!document || !xmlDocGetRootElement(document.get())) throw unauthorized("a SAML document that is no XML");
    if (document->intSubset || document->extSubset) throw unauthorized("a SAML document with a document type");
    return document;
}

bool is(const xmlNode* node, const char* ns, const char* name) {
    return node && node->type == XML_ELEMENT_NODE && node->ns && xmlStrEqual(node->ns->href, raw(ns)) &&
           xmlStrEqual(node->name, raw(name));
}

std::vector<xmlNode*> children(const xmlNode* node, const char* ns, const char* name) {
    std::vector<xmlNode*> found;
    for (auto* child = node->children; child; child = child->next)
        if (is(child, ns, name)) found.push_back(child);
    return found;
}

xmlNode* only_child(const xmlNode* node, const char* ns, const char* name) {
    const auto found = children(node, ns, name);
    if (found.size() != 1) throw unauthorized(fmt::format("a SAML document with {} elements {}", found.size(), name));
    return found.front();
}

std::string attribute(const xmlNode* node, const char* name) {
    return taken(xmlGetNoNsProp(const_cast<xmlNode*>(node), raw(name)));
}

std::string text_of(const xmlNode* node) {
    return std::string(text::trim(taken(xmlNodeGetContent(const_cast<xmlNode*>(node)))));
}

void register_ids(xmlDoc* document) {
    std::set<std::string> ids, others;
    // The parser bounds the depth.
    const std::function<void(xmlNode*)> walk = [&](xmlNode* node) {
        for (auto* each = node; each; each = each->next) {
            if (each->type != XML_ELEMENT_NODE) continue;
            if (auto* id = xmlHasProp(each, raw("ID"))) {
                const auto value = attribute(each, "ID");
                if (!ids.insert(value).second) throw unauthorized("a SAML document with an id twice");
                xmlAddID(nullptr, document, raw(value.c_str()), id);
            }
            for (const char* name : {"Id", "id"})
                if (xmlHasProp(each, raw(name))) others.insert(attribute(each, name));
            walk(each->children);
        }
    };
    walk(xmlDocGetRootElement(document));
    // Those of signatures and encryptions lead nowhere here. Providers number them anew in an assertion that they
    // encrypt, so they may repeat each other, but nothing that is signed.
    for (const auto& id : others)
        if (ids.contains(id)) throw unauthorized("a SAML document with an id twice");
}

xmlNode* add(xmlNode* parent, xmlNs* ns, const char* name, const std::string& text) {
    return xmlNewTextChild(parent, ns, raw(name), text.empty() ? nullptr : raw(text.c_str()));
}

void set(xmlNode* node, const char* name, const std::string& value) { xmlNewProp(node, raw(name), raw(value.c_str())); }

std::string print(xmlDoc* document) {
    xmlChar* bytes = nullptr;
    int size = 0;
    xmlDocDumpMemoryEnc(document, &bytes, &size, "UTF-8");
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    xmlFree(bytes);
    return text;
}

}  // namespace cumulet::identity::federation::saml

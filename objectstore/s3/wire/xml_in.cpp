#include "objectstore/s3/wire/xml_in.hpp"

#include <pugixml.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxElements = 100'000;  // 10,000 parts with six elements each

std::string_view local_name(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// What a document defines itself, be it a file or a text a million times as long, stands for nothing.
std::string without_entities(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text[at] == '&' ? text.find_first_of("; \t\n&<", at + 1) : std::string_view::npos;
        if (end != std::string_view::npos && text[end] == ';')
            at = end + 1;
        else
            out += text[at++];
    }
    return out;
}

struct Limits {
    std::size_t elements_left = kMaxElements;
    bool defines = false;  // the document has a DOCTYPE
};

XmlNode copy(const pugi::xml_node& from, int depth, Limits& limits) {
    if (depth > kMaxDepth || limits.elements_left-- == 0) throw S3Error("MalformedXML");
    XmlNode node;
    node.name = local_name(from.name());
    for (const auto& attribute : from.attributes())
        if (local_name(attribute.name()) == "type") node.type = attribute.value();
    for (const auto& each : from.children()) {
        if (each.type() == pugi::node_element)
            node.children.push_back(copy(each, depth + 1, limits));
        else if (each.type() == pugi::node_pcdata || each.type() == pugi::node_cdata)
            node.text += limits.defines ? without_entities(each.value()) : each.value();
    }
    return node;
}

}  // namespace

const XmlNode* XmlNode::child(std::string_view wanted) const {
    for (const auto& each : children)
        if (each.name == wanted) return &each;
    return nullptr;
}

std::vector<const XmlNode*> XmlNode::all(std::string_view wanted) const {
    std::vector<const XmlNode*> found;
    for (const auto& each : children)
        if (each.name == wanted) found.push_back(&each);
    return found;
}

std::string XmlNode::text_of(std::string_view wanted) const {
    const auto* found = child(wanted);
    return found ? found->text : "";
}

const std::string& XmlNode::required(std::string_view wanted) const {
    const auto* found = child(wanted);
    if (!found) throw S3Error("MalformedXML");
    return found->text;
}

XmlNode parse_xml(std::string_view text, std::string_view root) {
    constexpr auto kHow = pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
    pugi::xml_document document;
    const auto result = document.load_buffer(text.data(), text.size(), kHow, pugi::encoding_utf8);
    if (!result || !text::is_utf8(text)) throw S3Error("MalformedXML");
    const auto element = document.document_element();
    if (!element || local_name(element.name()) != root || element.next_sibling()) throw S3Error("MalformedXML");
    Limits limits;
    for (const auto& each : document.children()) limits.defines |= each.type() == pugi::node_doctype;
    return copy(element, 0, limits);
}

}  // namespace cumulet::objectstore::s3

// Reads what clients send: well-formed, no entities beyond the five, names without their prefixes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::objectstore::s3 {

// A small tree of its own, so that nobody else knows the parser.
struct XmlNode {
    std::string name;
    std::string text;
    std::string type;  // the attribute xsi:type
    std::vector<XmlNode> children;

    const XmlNode* child(std::string_view wanted) const;  // the first, or null
    std::vector<const XmlNode*> all(std::string_view wanted) const;
    std::string text_of(std::string_view wanted) const;  // empty without one
    bool has(std::string_view wanted) const { return child(wanted) != nullptr; }
    // Throws S3Error MalformedXML without one.
    const std::string& required(std::string_view wanted) const;
};

// The root, which must have that name. Throws S3Error MalformedXML, also for documents that are nested deeper or hold
// more elements than any of S3's.
XmlNode parse_xml(std::string_view text, std::string_view root);

}  // namespace cumulet::objectstore::s3

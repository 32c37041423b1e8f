// Writes S3's documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "objectstore/s3/wire/xml_in.hpp"

namespace cumulet::objectstore::s3 {

// Elements in the order they are added. Those that open() are closed by close() or by take().
class XmlOut {
public:
    // The declaration and the root; `plain`: without S3's namespace (errors).
    explicit XmlOut(std::string_view root, bool plain = false);
    XmlOut& open(std::string_view name);
    XmlOut& close();
    XmlOut& add(std::string_view name, std::string_view value);
    XmlOut& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
    XmlOut& add(std::string_view name, std::uint64_t value) {
        return add(name, std::string_view(std::to_string(value)));
    }
    XmlOut& flag(std::string_view name, bool value) { return add(name, value ? "true" : "false"); }
    // A whole element as it was read.
    XmlOut& add(const XmlNode& node);
    // Elements that are XML already.
    XmlOut& raw(std::string_view xml);
    // A grantee, whose type is an attribute.
    XmlOut& open_typed(std::string_view name, std::string_view type);
    std::string take();

private:
    std::string text_;
    std::vector<std::string> open_;
};

}  // namespace cumulet::objectstore::s3

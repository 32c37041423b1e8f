#include "objectstore/s3/wire/xml_out.hpp"

#include <fmt/format.h>

#include "common/runtime/markup.hpp"

namespace cumulet::objectstore::s3 {

XmlOut::XmlOut(std::string_view root, bool plain) : text_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {
    open_.emplace_back(root);
    text_ += fmt::format("<{}{}>", root, plain ? "" : " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"");
}

XmlOut& XmlOut::open(std::string_view name) {
    open_.emplace_back(name);
    text_ += fmt::format("<{}>", name);
    return *this;
}

XmlOut& XmlOut::open_typed(std::string_view name, std::string_view type) {
    open_.emplace_back(name);
    text_ += fmt::format("<{} xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"{}\">", name, type);
    return *this;
}

XmlOut& XmlOut::close() {
    text_ += fmt::format("</{}>", open_.back());
    open_.pop_back();
    return *this;
}

XmlOut& XmlOut::add(std::string_view name, std::string_view value) {
    text_ += fmt::format("<{}>{}</{}>", name, text::escape_xml(value), name);
    return *this;
}

XmlOut& XmlOut::add(const XmlNode& node) {
    if (node.children.empty()) return add(node.name, node.text);
    open(node.name);
    for (const auto& each : node.children) add(each);
    return close();
}

XmlOut& XmlOut::raw(std::string_view xml) {
    text_ += xml;
    return *this;
}

std::string XmlOut::take() {
    while (!open_.empty()) close();
    return std::move(text_);
}

}  // namespace cumulet::objectstore::s3

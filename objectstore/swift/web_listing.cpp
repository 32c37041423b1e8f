#include "objectstore/swift/web_listing.hpp"

#include <algorithm>

#include "common/runtime/markup.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/listings.hpp"

namespace cumulet::objectstore::swift {

namespace {

constexpr std::string_view kPlainStyle =
    "  <style type=\"text/css\">\n"
    "   h1 { font-size: 1em; }\n"
    "   th, td { text-align: left; padding: 0 1em; }\n"
    "   a { text-decoration: none; }\n"
    "  </style>\n";

std::string style_of(const WebListing& page) {
    if (page.css.empty()) return std::string(kPlainStyle);
    std::string path;
    const bool absolute =
        page.css.starts_with('/') || page.css.starts_with("http://") || page.css.starts_with("https://");
    if (!absolute)
        for (auto depth = std::count(page.prefix.begin(), page.prefix.end(), '/'); depth > 0; --depth) path += "../";
    path += text::percent_encode(page.css, ":/");
    return fmt::format("  <link rel=\"stylesheet\" type=\"text/css\" href=\"{}\" />\n", path);
}

std::string begin(const WebListing& page) {
    return fmt::format("<!DOCTYPE html>\n<html>\n <head>\n  <title>Listing of {}</title>\n{} </head>\n <body>\n",
                       text::escape_attribute(page.title), style_of(page));
}

std::string shown_size(std::uint64_t bytes) {
    double size = static_cast<double>(bytes);
    for (const char* unit : {"", "Ki", "Mi", "Gi", "Ti"}) {
        if (size < 1024) return fmt::format("{:.0f}{}", size, unit);
        size /= 1024;
    }
    return fmt::format("{:.0f}Pi", size);
}

// "type-text type-plain": what style sheets choose rows by.
std::string classes_of(const std::string& content_type) {
    std::string classes = "item";
    for (const auto part : text::split(content_type, '/'))
        classes += " type-" + text::escape_attribute(text::to_lower(part));
    return classes;
}

std::string row(const std::string& classes, const std::string& name, const std::string& size, const std::string& date) {
    // A name with a colon would else be taken for a scheme.
    return fmt::format(
        "   <tr class=\"{}\">\n    <td class=\"colname\"><a href=\"{}\">{}</a></td>\n    <td "
        "class=\"colsize\">{}</td>\n    <td class=\"coldate\">{}</td>\n   </tr>\n",
        classes, text::percent_encode(name, "/"), text::escape_attribute(name), size, date);
}

std::string row_of(const WebListing& page, const Object& object) {
    auto date = to_iso_naive(object.modified_at);
    date = date.substr(0, date.find('.'));
    std::replace(date.begin(), date.end(), 'T', ' ');
    return row(classes_of(object.content_type), object.name.substr(page.prefix.size()), shown_size(object.length),
               date);
}

}  // namespace

std::string listing_page(const WebListing& page, const std::vector<ObjectEntry>& entries) {
    std::string out = begin(page);
    out += fmt::format(
        "  <h1 id=\"title\">Listing of {}</h1>\n  <table id=\"listing\">\n   <tr id=\"heading\">\n    <th "
        "class=\"colname\">Name</th>\n    <th class=\"colsize\">Size</th>\n    <th class=\"coldate\">Date</th>\n   "
        "</tr>\n",
        text::escape_attribute(page.title));
    if (!page.prefix.empty())
        out +=
            "   <tr id=\"parent\" class=\"item\">\n    <td class=\"colname\"><a href=\"../\">../</a></td>\n    <td "
            "class=\"colsize\">&nbsp;</td>\n    <td class=\"coldate\">&nbsp;</td>\n   </tr>\n";
    for (const auto& entry : entries)
        if (const auto* directory = std::get_if<Directory>(&entry))
            out += row("item subdir", directory->name.substr(page.prefix.size()), "&nbsp;", "&nbsp;");
    for (const auto& entry : entries)
        if (const auto* object = std::get_if<Object>(&entry); object && object->name.size() > page.prefix.size())
            out += row_of(page, *object);
    return out + "  </table>\n </body>\n</html>\n";
}

std::string listing_disabled_page(const WebListing& page, const std::string& index) {
    std::string out = begin(page);
    out +=
        "  <h1>Web Listing Disabled</h1>\n  <p>The owner of this site does not publish listings. Owners publish them "
        "by "
        "setting X-Container-Meta-Web-Listings.</p>\n";
    if (!index.empty())
        out += fmt::format("  <h1>Index File Not Found</h1>\n  <p>There is no {} here.</p>\n",
                           text::escape_attribute(index));
    return out + " </body>\n</html>\n";
}

}  // namespace cumulet::objectstore::swift

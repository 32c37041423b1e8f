// Text on its way into HTML and XML.
#pragma once

#include <string>
#include <string_view>

namespace cumulet::text {

// For places between tags: & < >.
std::string escape_markup(std::string_view text);
// For values of attributes, in either quotes: those and " '. As good between tags.
std::string escape_attribute(std::string_view text);
// For XML documents: the same, and control characters become references, which lenient readers take.
std::string escape_xml(std::string_view text);

}  // namespace cumulet::text

#include "common/runtime/markup.hpp"

#include <fmt/format.h>

namespace cumulet::text {

namespace {

std::string escaped(std::string_view text, bool quotes, bool controls = false) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += quotes ? "&quot;" : "\"";
                break;
            case '\'':
                out += quotes ? "&#39;" : "'";
                break;
            default:
                if (controls && static_cast<unsigned char>(c) < 0x20)
                    out += fmt::format("&#x{:x};", static_cast<unsigned>(c));
                else
                    out += c;
        }
    }
    return out;
}

}  // namespace

std::string escape_markup(std::string_view text) { return escaped(text, false); }
std::string escape_attribute(std::string_view text) { return escaped(text, true); }
std::string escape_xml(std::string_view text) { return escaped(text, true, true); }

}  // namespace cumulet::text

#include "common/runtime/markup.hpp"

namespace cumulet::text {

namespace {

std::string escaped(std::string_view text, bool quotes) {
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
                out += c;
        }
    }
    return out;
}

}  // namespace

std::string escape_markup(std::string_view text) { return escaped(text, false); }
std::string escape_attribute(std::string_view text) { return escaped(text, true); }

}  // namespace cumulet::text

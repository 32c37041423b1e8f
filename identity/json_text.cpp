#include "identity/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace cumulet::identity {

using nlohmann::json;

namespace {

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
    if (!is_plain(text)) {
        out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
        return;
    }
    out += '"';
    out += text;
    out += '"';
}

void append_json_or_null(std::string& out, std::string_view text) {
    if (text.empty())
        out += "null";
    else
        append_json(out, text);
}

void append_value(std::string& out, const json& value) {
    if (value.is_object() && value.empty())
        out += "{}";
    else
        out += value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace cumulet::identity

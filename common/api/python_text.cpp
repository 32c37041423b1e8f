#include "common/api/python_text.hpp"

#include <nlohmann/json.hpp>

namespace cumulet::api {

namespace {

void append_text(std::string& out, const std::string& text, std::size_t max_bytes) {
    const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
    out += quote;
    for (char c : text) {
        if (out.size() > max_bytes) return;
        if (c == quote || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else
            out += c;
    }
    out += quote;
}

void append(std::string& out, const nlohmann::json& value, std::size_t max_bytes) {
    if (out.size() > max_bytes) return;
    if (value.is_string()) {
        append_text(out, value.get_ref<const std::string&>(), max_bytes);
    } else if (value.is_null()) {
        out += "None";
    } else if (value.is_boolean()) {
        out += value.get<bool>() ? "True" : "False";
    } else if (value.is_array() || value.is_object()) {
        out += value.is_array() ? '[' : '{';
        bool first = true;
        for (const auto& [key, item] : value.items()) {
            if (!std::exchange(first, false)) out += ", ";
            if (value.is_object()) {
                append_text(out, key, max_bytes);
                out += ": ";
            }
            append(out, item, max_bytes);
            if (out.size() > max_bytes) return;
        }
        out += value.is_array() ? ']' : '}';
    } else {
        out += value.dump();
    }
}

std::string bounded(std::string text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    std::size_t end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
    return text.substr(0, end) + "…";
}

}  // namespace

std::string python_repr(const nlohmann::json& value, std::size_t max_bytes) {
    std::string out;
    append(out, value, max_bytes);
    return bounded(std::move(out), max_bytes);
}

std::string python_str(const nlohmann::json& value, std::size_t max_bytes) {
    if (value.is_string()) return bounded(value.get<std::string>(), max_bytes);
    return python_repr(value, max_bytes);
}

}  // namespace cumulet::api

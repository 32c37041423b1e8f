#include "common/api/json_body.hpp"

#include <nlohmann/json.hpp>

#include "common/api/fault.hpp"
#include "common/http/message.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::api {

bool nests_too_deep(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kMaxJsonDepth) return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

bool is_json_type(std::string_view content_type) {
    auto type = text::trim(content_type.substr(0, content_type.find(';')));
    if (type.empty()) return true;
    const std::string lower = text::to_lower(type);
    return lower == "application/json" ||
           (lower.starts_with("application/") && (lower.ends_with("json") || lower.ends_with("json-patch")));
}

nlohmann::json parse_json_body(std::string_view body) {
    if (nests_too_deep(body))
        throw Fault(Errc::bad_request, "Malformed request body: nested deeper than {} levels.", kMaxJsonDepth)
            .kind("malformed");
    try {
        return nlohmann::json::parse(body);
    } catch (const nlohmann::json::exception&) {
        throw Fault(Errc::bad_request, "Malformed request body: not valid JSON in UTF-8.").kind("malformed");
    }
}

nlohmann::json parse_form_body(std::string_view content_type, std::string_view body) {
    constexpr std::string_view kForm = "application/x-www-form-urlencoded";
    if (!text::iequals(text::trim(content_type.substr(0, content_type.find(';'))), kForm))
        throw Fault(Errc::unsupported_media, "Unsupported Content-Type: expected {}.", kForm);
    nlohmann::json form = nlohmann::json::object();
    for (auto& [name, value] : http::parse_query(body)) {
        if (!text::is_utf8(name) || !text::is_utf8(value))
            throw Fault(Errc::bad_request, "Malformed request body: not a form in UTF-8.").kind("malformed");
        form.emplace(std::move(name), std::move(value));
    }
    return form;
}

}  // namespace cumulet::api

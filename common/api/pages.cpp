#include <charconv>

#include "common/api/call.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::api {

PageRequest page_request(const Call& call, std::size_t maximum) {
    PageRequest page{
        .limit = maximum, .marker = call.query("marker"), .reverse = call.query_bool("page_reverse").value_or(false)};
    if (page.marker && page.marker->empty()) page.marker.reset();
    if (auto text = call.query("limit")) {
        std::uint64_t limit = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
        if (error != std::errc{} || end != text->data() + text->size())
            throw Fault(Errc::bad_request,
                        "Invalid input for query parameters limit. Value: {}. It must be a whole number, 0 or more.",
                        *text);
        page.limit = static_cast<std::size_t>(std::min<std::uint64_t>(limit, maximum));
        page.limited_by_client = true;
    }
    return page;
}

std::string next_link(const Call& call, std::string_view marker) {
    std::string query;
    auto add = [&](std::string_view name, std::string_view value) {
        query += (query.empty() ? "?" : "&") + text::percent_encode(name) + "=" + text::percent_encode(value);
    };
    for (const auto& [name, value] : call.query_items())
        if (name != "marker") add(name, value);
    add("marker", marker);
    return call.base_url() + call.request().path + query;
}

}  // namespace cumulet::api

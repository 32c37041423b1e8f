// Lists of images, page by page.
#include "compute/images/list.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"
#include "compute/images/api.hpp"
#include "compute/images/policies.hpp"
#include "compute/images/view.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;
using nlohmann::json;

// Glance's links are paths, not URLs.
std::string link_to(const api::Call& call, const std::string& marker) {
    std::string query;
    auto add = [&](std::string_view name, std::string_view value) {
        query += (query.empty() ? "?" : "&") + text::percent_encode(name) + "=" + text::percent_encode(value);
    };
    for (const auto& [name, value] : call.query_items())
        if (name != "marker") add(name, value);
    if (!marker.empty()) add("marker", marker);
    return "/v2/images" + query;
}

api::Reply list_images(api::Call& call, store::Transaction& txn) {
    const auto& settings = call.module<Settings>();
    const auto page = api::page_request(call, settings.max_page);
    const std::size_t limit = page.limited_by_client ? page.limit : std::min(settings.default_page, settings.max_page);
    const auto images = listed_images(call, txn, read_listing(call));
    auto at = images.begin();
    if (page.marker) {
        at = std::find_if(images.begin(), images.end(), [&](const Image& image) { return image.id == *page.marker; });
        if (at == images.end())
            throw Fault(Errc::bad_request, "Invalid marker: no image {} is in this list.", *page.marker);
        ++at;
    }
    json list = json::array();
    for (; at != images.end() && list.size() < limit; ++at) list.push_back(image_document(*at));
    json body{{"first", link_to(call, "")}, {"schema", "/v2/schemas/images"}};
    if (at != images.end() && !list.empty()) body["next"] = link_to(call, list.back()["id"]);
    body["images"] = std::move(list);
    return api::Reply::ok(body);
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2/images",
     .policy = kGetImages,
     .summary = "List the images that one sees.",
     .handle = list_images},
};

}  // namespace

api::EndpointTable list_endpoints() { return kTable; }

}  // namespace cumulet::compute::images

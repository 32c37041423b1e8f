#include "compute/servers/links.hpp"

namespace cumulet::compute::servers {

using nlohmann::json;

json resource_links(const api::Call& call, std::string_view collection, std::string_view id) {
    const auto base = call.base_url();
    return json::array({{{"rel", "self"}, {"href", fmt::format("{}/v2.1/{}/{}", base, collection, id)}},
                        {{"rel", "bookmark"}, {"href", fmt::format("{}/{}/{}", base, collection, id)}}});
}

json bookmark_links(const api::Call& call, std::string_view collection, std::string_view id) {
    return json::array({{{"rel", "bookmark"}, {"href", fmt::format("{}/{}/{}", call.base_url(), collection, id)}}});
}

void add_next_link(json& document, const api::Call& call, std::string_view member, std::string_view marker) {
    document[fmt::format("{}_links", member)] =
        json::array({{{"rel", "next"}, {"href", api::next_link(call, marker)}}});
}

}  // namespace cumulet::compute::servers

// Tags: the same six calls on every kind of resource.
#include <algorithm>
#include <array>

#include "compute/networks/documents.hpp"
#include "compute/networks/rules.hpp"
#include "compute/networks/schema.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

constexpr std::string_view kBody = R"J({"type":"object","additionalProperties":false,"required":["tags"],"properties":
 {"tags":{"type":"array","maxItems":50,"items":{"type":"string","minLength":1,"maxLength":255}}}})J";

template <class R>
struct Kind {
    const ListSpec<R>& (*list)();
    api::Fault (*missing)(std::string_view);
};

template <class R>
R visible(Call& call, store::Transaction& txn, const Kind<R>& kind) {
    return find_visible(call, txn, kind.list(), call.path("id"), kind.missing);
}

template <class R>
R changeable(Call& call, store::Transaction& txn, const Kind<R>& kind) {
    auto row = visible(call, txn, kind);
    if (row.project_id != call.actor().project_id) call.enforce("context_is_admin", json::object());
    return row;
}

template <class R>
void write(store::Transaction& txn, R& row) {
    ++row.revision_number;
    row.updated_at = txn.now();
    txn.put(row, "tags");
}

template <class R, const Kind<R>& kind>
Reply list_tags(Call& call, store::Transaction& txn) {
    return Reply::ok({{"tags", visible(call, txn, kind).tags}});
}
template <class R, const Kind<R>& kind>
Reply replace_tags(Call& call, store::Transaction& txn) {
    auto row = changeable(call, txn, kind);
    auto tags = call.body().at("tags").get<std::vector<std::string>>();
    std::ranges::sort(tags);
    tags.erase(std::ranges::unique(tags).begin(), tags.end());
    row.tags = std::move(tags);
    write(txn, row);
    return Reply::ok({{"tags", row.tags}});
}
template <class R, const Kind<R>& kind>
Reply clear_tags(Call& call, store::Transaction& txn) {
    auto row = changeable(call, txn, kind);
    row.tags.clear();
    write(txn, row);
    return Reply::no_content();
}
template <class R, const Kind<R>& kind>
Reply show_tag(Call& call, store::Transaction& txn) {
    const auto row = visible(call, txn, kind);
    if (std::ranges::find(row.tags, call.path("tag")) == row.tags.end())
        throw Fault(Errc::not_found, "Tag {} could not be found.", call.path("tag")).kind("TagNotFound");
    return Reply::no_content();
}
template <class R, const Kind<R>& kind>
Reply add_tag(Call& call, store::Transaction& txn) {
    auto row = changeable(call, txn, kind);
    const auto& tag = call.path("tag");
    if (tag.size() > 255) throw invalid_input("a tag has at most 255 characters");
    if (row.tags.size() >= 50) throw invalid_input("a resource has at most 50 tags");
    if (std::ranges::find(row.tags, tag) == row.tags.end()) {
        row.tags.push_back(tag);
        std::ranges::sort(row.tags);
        write(txn, row);
    }
    return Reply::empty(201);
}
template <class R, const Kind<R>& kind>
Reply remove_tag(Call& call, store::Transaction& txn) {
    auto row = changeable(call, txn, kind);
    if (std::erase(row.tags, call.path("tag")) == 0)
        throw Fault(Errc::not_found, "Tag {} could not be found.", call.path("tag")).kind("TagNotFound");
    write(txn, row);
    return Reply::no_content();
}

constexpr std::string_view kRoot = "/v2.0/", kAll = "/{id}/tags", kOne = "/{id}/tags/{tag}";

template <class R, const Kind<R>& kind, const std::string_view& collection>
constexpr std::array<Endpoint, 6> tag_calls() {
    using http::Method;
    constexpr auto all = schema::Join<kRoot, collection, kAll>::kText,
                   one = schema::Join<kRoot, collection, kOne>::kText;
    return {{{.method = Method::get,
              .path = all,
              .policy = Policy{"get_tags", kReader},
              .target = own_target,
              .summary = "List the tags.",
              .handle = list_tags<R, kind>},
             {.method = Method::put,
              .path = all,
              .policy = Policy{"update_tags", kMember},
              .target = own_target,
              .body = {kBody},
              .summary = "Replace all tags.",
              .handle = replace_tags<R, kind>},
             {.method = Method::del,
              .path = all,
              .policy = Policy{"delete_tags", kMember},
              .target = own_target,
              .success = 204,
              .summary = "Remove all tags.",
              .handle = clear_tags<R, kind>},
             {.method = Method::get,
              .path = one,
              .policy = Policy{"get_tags", kReader},
              .target = own_target,
              .success = 204,
              .summary = "Ask whether a tag is there.",
              .handle = show_tag<R, kind>},
             {.method = Method::put,
              .path = one,
              .policy = Policy{"update_tags", kMember},
              .target = own_target,
              .body = api::kNoBody,
              .success = 201,
              .summary = "Add a tag.",
              .handle = add_tag<R, kind>},
             {.method = Method::del,
              .path = one,
              .policy = Policy{"delete_tags", kMember},
              .target = own_target,
              .success = 204,
              .summary = "Remove a tag.",
              .handle = remove_tag<R, kind>}}};
}

constexpr Kind<Network> kNetworkKind{network_list, network_not_found};
constexpr Kind<Subnet> kSubnetKind{subnet_list, subnet_not_found};
constexpr Kind<Port> kPortKind{port_list, port_not_found};
constexpr Kind<Router> kRouterKind{router_list, router_not_found};
constexpr Kind<FloatingIp> kFloatingIpKind{floating_ip_list, floating_ip_not_found};
constexpr Kind<SecurityGroup> kGroupKind{security_group_list, security_group_not_found};
constexpr std::string_view kNetworks = "networks", kSubnets = "subnets", kPorts = "ports", kRouters = "routers",
                           kFloatingIps = "floatingips", kGroups = "security-groups";

constexpr std::array<Endpoint, 6> kCalls[] = {tag_calls<Network, kNetworkKind, kNetworks>(),
                                              tag_calls<Subnet, kSubnetKind, kSubnets>(),
                                              tag_calls<Port, kPortKind, kPorts>(),
                                              tag_calls<Router, kRouterKind, kRouters>(),
                                              tag_calls<FloatingIp, kFloatingIpKind, kFloatingIps>(),
                                              tag_calls<SecurityGroup, kGroupKind, kGroups>()};

template <std::size_t... i>
constexpr auto flat(std::index_sequence<i...>) {
    return std::array<Endpoint, sizeof...(i)>{kCalls[i / 6][i % 6]...};
}
constexpr auto kEndpoints = flat(std::make_index_sequence<36>());

}  // namespace

api::EndpointTable tag_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks

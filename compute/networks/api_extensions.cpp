#include <array>

#include "compute/networks/api_common.hpp"
#include "compute/networks/service.hpp"

namespace cumulet::compute::networks {

using api::Errc;
using api::Fault;

namespace {

struct Extension {
    std::string_view alias, name, description;
};

// What is there, and nothing else: clients decide by these what they ask for.
constexpr std::array kExtensions{
    Extension{"agent", "Agents", "What works for the network on each host."},
    Extension{"allowed-address-pairs", "Allowed address pairs", "Further addresses that a port may use."},
    Extension{"availability_zone", "Availability zones", "Zones of networks and routers."},
    Extension{"binding", "Port binding", "Where a port is plugged in."},
    Extension{"empty-string-filtering", "Empty string filtering", "Lists filtered by an attribute that is empty."},
    Extension{"external-net", "External networks", "Networks that routers and floating IPs reach the outside by."},
    Extension{"extra_dhcp_opt", "Extra DHCP options", "DHCP options of a port."},
    Extension{"extraroute", "Extra routes", "Static routes of a router."},
    Extension{"ext-gw-mode", "Gateway mode", "Routers with and without SNAT."},
    Extension{"filter-validation", "Filter validation", "Unknown filters are refused."},
    Extension{"fip-port-details", "Floating IP port details", "A floating IP shows its port."},
    Extension{"ip-substring-filtering", "IP substring filtering", "Ports filtered by part of an address."},
    Extension{"net-mtu", "Network MTU", "A network shows its MTU."},
    Extension{"net-mtu-writable", "Writable network MTU", "A network's MTU can be set."},
    Extension{"network-ip-availability", "Network IP availability", "How many addresses networks have and use."},
    Extension{"network_availability_zone", "Network availability zones", "Zones of networks."},
    Extension{"pagination", "Pagination", "Lists in pages."},
    Extension{"port-security", "Port security", "Filtering can be switched off for a network or port."},
    Extension{"project-id", "Project id", "project_id beside tenant_id."},
    Extension{"provider", "Provider networks", "How a network is carried, for administrators."},
    Extension{"quotas", "Quotas", "Limits of projects."},
    Extension{"quota_details", "Quota details", "What is used of the limits."},
    Extension{"router", "Routers", "Routers and floating IPs."},
    Extension{"router_availability_zone", "Router availability zones", "Zones of routers."},
    Extension{"security-group", "Security groups", "What may reach a port and what it may reach."},
    Extension{"service-type", "Service providers", "Who provides a service."},
    Extension{"sorting", "Sorting", "Lists sorted by attributes."},
    Extension{"standard-attr-description", "Descriptions", "Every resource has a description."},
    Extension{"standard-attr-revisions", "Revisions", "Every resource counts its changes."},
    Extension{"standard-attr-tag", "Tags", "Resources have tags."},
    Extension{"standard-attr-timestamp", "Timestamps", "Every resource has times of creation and change."},
    Extension{"subnet-service-types", "Subnet service types", "Subnets name whom they are for."},
};

json extension_document(const Extension& extension) {
    return {{"alias", extension.alias},
            {"name", extension.name},
            {"description", extension.description},
            {"updated", "2026-11-22T00:00:00-00:00"},
            {"links", json::array()}};
}

Reply list_versions(Call& call, store::Transaction&) {
    json link{{"rel", "self"}, {"href", call.base_url() + "/v2.0/"}};
    return Reply::ok(
        {{"versions", json::array({{{"id", "v2.0"}, {"status", "CURRENT"}, {"links", json::array({link})}}})}});
}

Reply list_resources(Call& call, store::Transaction&) {
    json resources = json::array();
    for (auto [name, collection] : {std::pair{"network", "networks"}, {"subnet", "subnets"}, {"port", "ports"}}) {
        json link{{"rel", "self"}, {"href", call.base_url() + "/v2.0/" + collection}};
        resources.push_back({{"name", name}, {"collection", collection}, {"links", json::array({link})}});
    }
    return Reply::ok({{"resources", std::move(resources)}});
}

Reply list_extensions(Call& call, store::Transaction&) {
    json extensions = json::array();
    for (const auto& extension : kExtensions) extensions.push_back(with_fields(call, extension_document(extension)));
    return Reply::ok({{"extensions", std::move(extensions)}});
}

Reply show_extension(Call& call, store::Transaction&) {
    const auto& alias = call.path("alias");
    for (const auto& extension : kExtensions)
        if (extension.alias == alias) return Reply::ok({{"extension", extension_document(extension)}});
    throw Fault(Errc::not_found, "Extension with alias {} does not exist", alias).kind("ExtensionNotFound");
}

using http::Method;

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/",
     .policy = Policy::open(),
     .summary = "List API versions.",
     .handle = list_versions},
    {.method = Method::get,
     .path = "/v2.0",
     .policy = Policy::open(),
     .summary = "List the core resources.",
     .handle = list_resources},
    {.method = Method::get,
     .path = "/v2.0/extensions",
     .policy = Policy::any_token(),
     .summary = "List extensions.",
     .handle = list_extensions},
    {.method = Method::get,
     .path = "/v2.0/extensions/{alias}",
     .policy = Policy::any_token(),
     .summary = "Show an extension.",
     .handle = show_extension},
};

}  // namespace

api::EndpointTable extension_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::networks

#include "identity/model/endpoint_filter_rules.hpp"

#include "identity/model/faults.hpp"

namespace cumulet::identity {

EndpointGroup require_endpoint_group(store::Transaction& txn, std::string_view id) {
    auto group = txn.get<EndpointGroup>(id);
    if (!group) throw not_found("Endpoint Group", id);
    return *group;
}

void put_endpoint_group(store::Transaction& txn, const EndpointGroup& group, std::string_view reason) {
    for (const auto& [name, value] : group.filters.items())
        if ((name != "service_id" && name != "region_id" && name != "interface") || !value.is_string())
            throw api::Fault(api::Errc::bad_request,
                             "Expecting to find endpoint group filter attribute in service_id, region_id, interface. "
                             "The server could not "
                             "comply with the request since it is either malformed or otherwise incorrect. The client "
                             "is assumed to be in "
                             "error.");
    txn.put(group, reason);
}

void delete_endpoint_group(store::Transaction& txn, const EndpointGroup& group) {
    for (const auto& link : txn.scan<ProjectEndpointGroup>({.index = "group"}, group.id))
        txn.erase(link, "endpoint group deleted");
    txn.erase(group, "deleted");
}

bool is_in(const EndpointGroup& group, const EndpointEntry& endpoint) {
    for (const auto& [name, value] : group.filters.items()) {
        const auto& has = name == "service_id"  ? endpoint.service_id
                          : name == "region_id" ? endpoint.region_id
                                                : endpoint.interface;
        if (has != value.get_ref<const std::string&>()) return false;
    }
    return true;
}

std::vector<EndpointEntry> endpoints_in(store::Transaction& txn, const EndpointGroup& group) {
    auto endpoints = txn.scan<EndpointEntry>({});
    std::erase_if(endpoints, [&](const EndpointEntry& endpoint) { return !is_in(group, endpoint); });
    return endpoints;
}

std::optional<std::set<std::string>> endpoints_of_project(store::Transaction& txn, std::string_view project_id) {
    const auto links = txn.scan<ProjectEndpoint>({}, project_id);
    const auto groups = txn.scan<ProjectEndpointGroup>({}, project_id);
    if (links.empty() && groups.empty()) return std::nullopt;
    std::set<std::string> ids;
    for (const auto& link : links) ids.insert(link.endpoint_id);
    for (const auto& link : groups)
        if (auto group = txn.get<EndpointGroup>(link.endpoint_group_id))
            for (const auto& endpoint : endpoints_in(txn, *group)) ids.insert(endpoint.id);
    return ids;
}

void remove_endpoint_links_of_project(store::Transaction& txn, std::string_view project_id) {
    for (const auto& link : txn.scan<ProjectEndpoint>({}, project_id)) txn.erase(link, "project deleted");
    for (const auto& link : txn.scan<ProjectEndpointGroup>({}, project_id)) txn.erase(link, "project deleted");
}

void remove_links_of_endpoint(store::Transaction& txn, std::string_view endpoint_id) {
    for (const auto& link : txn.scan<ProjectEndpoint>({.index = "endpoint"}, endpoint_id))
        txn.erase(link, "endpoint deleted");
}

}  // namespace cumulet::identity

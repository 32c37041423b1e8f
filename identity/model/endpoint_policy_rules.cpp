#include "identity/model/endpoint_policy_rules.hpp"

#include <set>

namespace cumulet::identity {
namespace {

constexpr std::size_t kDeepestRegion = 100;

// The region and those it lies in, the nearest first.
std::vector<std::string> regions_up_from(store::Transaction& txn, std::string id) {
    std::vector<std::string> regions;
    while (!id.empty() && regions.size() < kDeepestRegion) {
        auto region = txn.get<Region>(id);
        if (!region) break;
        regions.push_back(std::move(id));
        id = std::move(region->parent_region_id);
    }
    return regions;
}

bool covers(store::Transaction& txn, const PolicyAssociation& association, const EndpointEntry& endpoint) {
    if (endpoint.service_id != association.service_id) return false;
    if (association.region_id.empty()) return true;
    const auto regions = regions_up_from(txn, endpoint.region_id);
    return std::find(regions.begin(), regions.end(), association.region_id) != regions.end();
}

void remove_all(store::Transaction& txn, std::string_view index, std::string_view id, std::string_view reason) {
    for (const auto& association : txn.scan<PolicyAssociation>({.index = index}, id)) txn.erase(association, reason);
}

}  // namespace

std::vector<EndpointEntry> endpoints_of_policy(store::Transaction& txn, std::string_view policy_id) {
    std::vector<EndpointEntry> endpoints;
    std::set<std::string> seen;
    auto take = [&](EndpointEntry&& endpoint) {
        if (seen.insert(endpoint.id).second) endpoints.push_back(std::move(endpoint));
    };
    for (const auto& association : txn.scan<PolicyAssociation>({.index = "policy"}, policy_id)) {
        if (!association.endpoint_id.empty()) {
            if (auto endpoint = txn.get<EndpointEntry>(association.endpoint_id)) take(std::move(*endpoint));
            continue;
        }
        for (auto& endpoint : txn.scan<EndpointEntry>({.index = "service"}, association.service_id))
            if (covers(txn, association, endpoint)) take(std::move(endpoint));
    }
    return endpoints;
}

std::optional<std::string> policy_of_endpoint(store::Transaction& txn, const EndpointEntry& endpoint) {
    const std::string_view none;
    if (auto own = txn.get<PolicyAssociation>(endpoint.id, none, none)) return own->policy_id;
    for (const auto& region : regions_up_from(txn, endpoint.region_id))
        if (auto near = txn.get<PolicyAssociation>(none, endpoint.service_id, region)) return near->policy_id;
    if (auto any = txn.get<PolicyAssociation>(none, endpoint.service_id, none)) return any->policy_id;
    return std::nullopt;
}

void remove_associations_of_policy(store::Transaction& txn, std::string_view policy_id) {
    remove_all(txn, "policy", policy_id, "policy deleted");
}

void remove_associations_of_endpoint(store::Transaction& txn, std::string_view endpoint_id) {
    for (const auto& association : txn.scan<PolicyAssociation>({}, endpoint_id))
        txn.erase(association, "endpoint deleted");
}

void remove_associations_of_service(store::Transaction& txn, std::string_view service_id) {
    remove_all(txn, "service", service_id, "service deleted");
}

void remove_associations_of_region(store::Transaction& txn, std::string_view region_id) {
    remove_all(txn, "region", region_id, "region deleted");
}

}  // namespace cumulet::identity

#include "identity/model/catalog_rules.hpp"

#include "identity/model/endpoint_filter_rules.hpp"
#include "identity/model/endpoint_policy_rules.hpp"
#include "identity/model/faults.hpp"

namespace cumulet::identity {

using api::Errc;
using api::Fault;

Region require_region(store::Transaction& txn, std::string_view id) {
    auto region = txn.get<Region>(id);
    if (!region) throw not_found("region", id);
    return *region;
}

ServiceEntry require_service(store::Transaction& txn, std::string_view id) {
    auto service = txn.get<ServiceEntry>(id);
    if (!service) throw not_found("service", id);
    return *service;
}

EndpointEntry require_endpoint(store::Transaction& txn, std::string_view id) {
    auto endpoint = txn.get<EndpointEntry>(id);
    if (!endpoint) throw not_found("endpoint", id);
    return *endpoint;
}

void create_region(store::Transaction& txn, const Region& region) {
    if (txn.get<Region>(region.id)) throw conflict("region", fmt::format("Duplicate ID, {}", region.id));
    if (!region.parent_region_id.empty()) require_region(txn, region.parent_region_id);
    txn.put(region, "created");
}

void update_region(store::Transaction& txn, const Region& before, const Region& changed) {
    for (auto above = changed.parent_region_id; !above.empty(); above = require_region(txn, above).parent_region_id)
        if (above == before.id)
            throw Fault(Errc::bad_request, "The specified parent region {} would create a circular region hierarchy.",
                        changed.parent_region_id);
    txn.put(changed, "updated");
}

void delete_region(store::Transaction& txn, const Region& region) {
    auto refuse = [&](bool used) {
        if (used)
            throw Fault(Errc::forbidden,
                        "Unable to delete region {} because it or its child regions have associated endpoints.",
                        region.id);
    };
    refuse(!txn.scan<EndpointEntry>({.index = "region", .limit = 1}, region.id).empty());
    for (const auto& child : txn.scan<Region>({.index = "parent"}, region.id)) delete_region(txn, child);
    remove_associations_of_region(txn, region.id);
    txn.erase(region, "deleted");
}

void delete_service(store::Transaction& txn, const ServiceEntry& service) {
    for (const auto& endpoint : txn.scan<EndpointEntry>({.index = "service"}, service.id)) {
        remove_links_of_endpoint(txn, endpoint.id);
        remove_associations_of_endpoint(txn, endpoint.id);
        txn.erase(endpoint, "service deleted");
    }
    remove_associations_of_service(txn, service.id);
    txn.erase(service, "deleted");
}

void put_endpoint(store::Transaction& txn, const EndpointEntry& endpoint, std::string_view reason) {
    if (!txn.get<ServiceEntry>(endpoint.service_id))
        throw Fault(Errc::bad_request, "Could not find service: {}.", endpoint.service_id);
    if (!endpoint.region_id.empty() && !txn.get<Region>(endpoint.region_id))
        txn.put(Region{.id = endpoint.region_id}, "named by an endpoint");
    txn.put(endpoint, reason);
}

}  // namespace cumulet::identity

// Rules over regions, services and endpoints.
#pragma once

#include "common/store/transaction.hpp"
#include "identity/model/catalog.hpp"

namespace cumulet::identity {

Region require_region(store::Transaction& txn, std::string_view id);           // Fault 404
ServiceEntry require_service(store::Transaction& txn, std::string_view id);    // Fault 404
EndpointEntry require_endpoint(store::Transaction& txn, std::string_view id);  // Fault 404

void create_region(store::Transaction& txn, const Region& region);                         // Fault 404 (parent), 409
void update_region(store::Transaction& txn, const Region& before, const Region& changed);  // Fault 400 (circle), 404
void delete_region(store::Transaction& txn, const Region& region);                         // Fault 403 while in use
void delete_service(store::Transaction& txn, const ServiceEntry& service);                 // with its endpoints
// Checks service, region and URL, then stores it; a region that is named for the first time is made. Fault 400, 404.
void put_endpoint(store::Transaction& txn, const EndpointEntry& endpoint, std::string_view reason);

}  // namespace cumulet::identity

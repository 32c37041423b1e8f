// Rules over endpoint filters.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/endpoint_filters.hpp"

namespace cumulet::identity {

EndpointGroup require_endpoint_group(store::Transaction& txn, std::string_view id);  // Fault 404
void put_endpoint_group(store::Transaction& txn, const EndpointGroup& group,
                        std::string_view reason);  // Fault 400: filters
void delete_endpoint_group(store::Transaction& txn, const EndpointGroup& group);

bool is_in(const EndpointGroup& group, const EndpointEntry& endpoint);
std::vector<EndpointEntry> endpoints_in(store::Transaction& txn, const EndpointGroup& group);
// Those tied to the project, by groups too; nullopt when nothing was: it sees all.
std::optional<std::set<std::string>> endpoints_of_project(store::Transaction& txn, std::string_view project_id);

void remove_endpoint_links_of_project(store::Transaction& txn, std::string_view project_id);
void remove_links_of_endpoint(store::Transaction& txn, std::string_view endpoint_id);

}  // namespace cumulet::identity

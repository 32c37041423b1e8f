#include "identity/model/limit_rules.hpp"

#include "identity/model/births.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {

using api::Errc;
using api::Fault;

namespace {

template <class R>
void check_reference(store::Transaction& txn, std::string_view what, const std::string& id) {
    if (!txn.get<R>(id)) throw Fault(Errc::bad_request, "Could not find {}: {}.", what, id);
}

bool in_use(store::Transaction& txn, const RegisteredLimit& limit) {
    return !txn.scan<Limit>({.index = "resource", .limit = 1}, limit.service_id, limit.region_id, limit.resource_name)
                .empty();
}

void check_registered(store::Transaction& txn, const RegisteredLimit& limit) {
    check_reference<ServiceEntry>(txn, "service", limit.service_id);
    if (!limit.region_id.empty()) check_reference<Region>(txn, "region", limit.region_id);
    auto same = txn.find<RegisteredLimit>("resource", limit.service_id, limit.region_id, limit.resource_name);
    if (same && same->id != limit.id) throw conflict("registered_limit", "Duplicate entry");
}

Fault referred_to(const RegisteredLimit& limit) {
    return Fault(Errc::forbidden,
                 "Unable to update or delete registered limit {} because there are project limits associated with it.",
                 limit.id);
}

}  // namespace

RegisteredLimit require_registered_limit(store::Transaction& txn, std::string_view id) {
    auto limit = txn.get<RegisteredLimit>(id);
    if (!limit) throw Fault(Errc::not_found, "Could not find registered limit for {}.", id);
    return *limit;
}

Limit require_limit(store::Transaction& txn, std::string_view id) {
    auto limit = txn.get<Limit>(id);
    if (!limit) throw Fault(Errc::not_found, "Could not find limit for {}.", id);
    return *limit;
}

void create_registered_limit(store::Transaction& txn, const RegisteredLimit& limit) {
    check_registered(txn, limit);
    txn.put(limit, "created");
}

void update_registered_limit(store::Transaction& txn, const RegisteredLimit& before, const RegisteredLimit& changed) {
    const bool moved = before.service_id != changed.service_id || before.region_id != changed.region_id ||
                       before.resource_name != changed.resource_name;
    if (moved && in_use(txn, before)) throw referred_to(before);
    check_registered(txn, changed);
    txn.put(changed, "updated");
}

void delete_registered_limit(store::Transaction& txn, const RegisteredLimit& limit) {
    if (in_use(txn, limit)) throw referred_to(limit);
    txn.erase(limit, "deleted");
}

void create_limit(store::Transaction& txn, const Limit& limit) {
    if (limit.domain_id.empty())
        require_project(txn, limit.project_id);
    else
        require_domain(txn, limit.domain_id);
    if (!txn.find<RegisteredLimit>("resource", limit.service_id, limit.region_id, limit.resource_name))
        throw Fault(Errc::forbidden, "Unable to create a limit that has no corresponding registered limit.");
    if (txn.find<Limit>("place", limit.project_id, limit.domain_id, limit.service_id, limit.region_id,
                        limit.resource_name))
        throw conflict("limit", "Duplicate entry");
    hang_on(txn, limit.project_id.empty() ? limit.domain_id : limit.project_id);
    txn.put(limit, "created");
}

void check_two_levels(store::Transaction& txn, const Limit& limit) {
    auto refuse = [&] {
        throw Fault(Errc::forbidden,
                    "Invalid resource limit: The resource limit ({}: {}, resource_name: {}, resource_limit: {}, "
                    "service_id: {}, region_id: {}) doesn't satisfy current hierarchy model.",
                    limit.domain_id.empty() ? "project_id" : "domain_id",
                    limit.domain_id.empty() ? limit.project_id : limit.domain_id, limit.resource_name,
                    limit.resource_limit, limit.service_id, limit.region_id.empty() ? "None" : limit.region_id);
    };
    auto at = [&](std::string_view project_id, std::string_view domain_id) {
        return txn.find<Limit>("place", project_id, domain_id, limit.service_id, limit.region_id, limit.resource_name);
    };
    if (!limit.domain_id.empty()) {
        // A limit set below at the same moment is caught by the births of the domain.
        close(txn, limit.domain_id);
        for (const auto& project : txn.scan<Project>({.index = "domain"}, false, limit.domain_id))
            if (auto below = at(project.id, ""); below && below->resource_limit > limit.resource_limit) refuse();
        return;
    }
    const auto project = require_project(txn, limit.project_id);
    hang_on(txn, project.domain_id);
    const auto above = at("", owning_domain(project));
    const auto registered =
        txn.find<RegisteredLimit>("resource", limit.service_id, limit.region_id, limit.resource_name);
    if (above ? limit.resource_limit > above->resource_limit
              : registered && limit.resource_limit > registered->default_limit)
        refuse();
}

void remove_limits_of_project(store::Transaction& txn, std::string_view project_id) {
    for (const auto& limit : txn.scan<Limit>({.index = "project"}, project_id)) txn.erase(limit, "project deleted");
}

void remove_limits_of_domain(store::Transaction& txn, std::string_view domain_id) {
    for (const auto& limit : txn.scan<Limit>({.index = "domain"}, domain_id)) txn.erase(limit, "domain deleted");
}

}  // namespace cumulet::identity

// The catalog, what is tied to it, policies and limits.
#include <nlohmann/json.hpp>

#include "identity/keystone_import/tables.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/endpoint_filters.hpp"
#include "identity/model/limits.hpp"
#include "identity/model/policies.hpp"

namespace cumulet::identity::keystone_import {
namespace {

using nlohmann::json;

void import_services(Source& source) {
    source.database.read("region", "", [&](const Row& row) {
        source.writer.put(Region{.id = row.text("id"),
                                 .description = row.text("description"),
                                 .parent_region_id = row.text("parent_region_id"),
                                 .extra = json_of(row, "extra")},
                          row.text("id"));
    });
    source.database.read("service", "", [&](const Row& row) {
        ServiceEntry service;
        service.id = row.text("id");
        service.type = row.text("type");
        service.enabled = row.flag("enabled");
        service.extra = json_of(row, "extra");
        service.has_name = service.extra.contains("name");
        service.has_description = service.extra.contains("description");
        service.name = take_text(service.extra, "name");
        service.description = take_text(service.extra, "description");
        source.writer.put(service, service.name);
    });
    source.database.read("endpoint", "", [&](const Row& row) {
        EndpointEntry endpoint{.id = row.text("id"),
                               .service_id = row.text("service_id"),
                               .region_id = row.text("region_id"),
                               .interface = row.text("interface"),
                               .url = row.text("url")};
        endpoint.enabled = row.flag("enabled");
        endpoint.extra = json_of(row, "extra");
        source.writer.put(endpoint, endpoint.url);
    });
}

void import_filters(Source& source) {
    source.database.read("endpoint_group", "", [&](const Row& row) {
        source.writer.put(EndpointGroup{.id = row.text("id"),
                                        .name = row.text("name"),
                                        .description = row.text("description"),
                                        .filters = json_of(row, "filters")},
                          row.text("name"));
    });
    source.database.read("project_endpoint", "", [&](const Row& row) {
        source.writer.put(ProjectEndpoint{row.text("project_id"), row.text("endpoint_id")}, "");
    });
    source.database.read("project_endpoint_group", "", [&](const Row& row) {
        source.writer.put(ProjectEndpointGroup{row.text("project_id"), row.text("endpoint_group_id")}, "");
    });
}

void import_limits(Source& source) {
    std::map<std::string, RegisteredLimit> registered;
    source.database.read("registered_limit", "", [&](const Row& row) {
        RegisteredLimit limit{.id = row.text("id"),
                              .service_id = row.text("service_id"),
                              .region_id = row.text("region_id"),
                              .resource_name = row.text("resource_name"),
                              .description = row.text("description")};
        limit.default_limit = row.number("default_limit").value_or(0);
        registered[limit.id] = limit;
        source.writer.put(limit, limit.resource_name);
    });
    source.database.read("limit", "", [&](const Row& row) {
        const auto of = registered.find(row.text("registered_limit_id"));
        if (of == registered.end())
            return source.writer.skip("the limit it deviates from is gone", "limit " + row.text("id"));
        Limit limit{.id = row.text("id"),
                    .project_id = row.text("project_id"),
                    .domain_id = row.text("domain_id"),
                    .service_id = of->second.service_id,
                    .region_id = of->second.region_id,
                    .resource_name = of->second.resource_name,
                    .description = row.text("description")};
        limit.resource_limit = row.number("resource_limit").value_or(0);
        source.writer.put(limit, limit.resource_name);
    });
}

}  // namespace

void import_catalog(Source& source) {
    import_services(source);
    import_filters(source);
    source.database.read("policy", "", [&](const Row& row) {
        // The column holds JSON: a text in quotes.
        const auto blob = json::parse(row.text("blob"), nullptr, false);
        source.writer.put(PolicyDocument{.id = row.text("id"),
                                         .type = row.text("type"),
                                         .blob = blob.is_string() ? blob.get<std::string>() : row.text("blob"),
                                         .extra = json_of(row, "extra")},
                          row.text("id"));
    });
    source.database.read("policy_association", "", [&](const Row& row) {
        source.writer.skip("policies are not tied to endpoints here", "policy association " + row.text("id"));
    });
    import_limits(source);
}

}  // namespace cumulet::identity::keystone_import

#include "identity/api/views.hpp"

#include "identity/api/support.hpp"

namespace cumulet::identity {
namespace {

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json with_link(const Call& call, json view, std::string_view collection, std::string_view id) {
    view["links"] = {{"self", link_to(call, collection, id)}};
    return view;
}

// The operator's own attributes first, so that they never hide ours.
json start_view(const json& extra) { return extra.is_object() ? extra : json::object(); }

}  // namespace

json user_view(const Call& call, const User& user) {
    json view = start_view(user.extra);
    view["id"] = user.id;
    view["name"] = user.name;
    view["domain_id"] = user.domain_id;
    view["enabled"] = user.enabled;
    if (!user.default_project_id.empty()) view["default_project_id"] = user.default_project_id;
    view["options"] = user.options;
    view["password_expires_at"] =
        user.password_expires_at ? json(to_iso_micros(*user.password_expires_at)) : json(nullptr);
    return with_link(call, std::move(view), "users", user.id);
}

json group_view(const Call& call, const Group& group) {
    json view = start_view(group.extra);
    view["id"] = group.id;
    view["name"] = group.name;
    view["domain_id"] = group.domain_id;
    view["description"] = group.description;
    return with_link(call, std::move(view), "groups", group.id);
}

json project_view(const Call& call, const Project& project) {
    json view = start_view(project.extra);
    view["id"] = project.id;
    view["name"] = project.name;
    view["domain_id"] = text_or_null(project.domain_id);
    view["parent_id"] = text_or_null(project.parent_id);
    view["description"] = project.description;
    view["enabled"] = project.enabled;
    view["is_domain"] = project.is_domain;
    view["tags"] = project.tags;
    view["options"] = project.options;
    return with_link(call, std::move(view), "projects", project.id);
}

json domain_view(const Call& call, const Project& domain) {
    json view = start_view(domain.extra);
    view["id"] = domain.id;
    view["name"] = domain.name;
    view["description"] = domain.description;
    view["enabled"] = domain.enabled;
    view["tags"] = domain.tags;
    view["options"] = domain.options;
    return with_link(call, std::move(view), "domains", domain.id);
}

json role_view(const Call& call, const Role& role) {
    json view = start_view(role.extra);
    view["id"] = role.id;
    view["name"] = role.name;
    view["domain_id"] = text_or_null(role.domain_id);
    view["description"] = role.has_description ? json(role.description) : json(nullptr);
    view["options"] = role.options;
    return with_link(call, std::move(view), "roles", role.id);
}

json region_view(const Call& call, const Region& region) {
    json view = start_view(region.extra);
    view["id"] = region.id;
    view["description"] = region.description;
    view["parent_region_id"] = text_or_null(region.parent_region_id);
    return with_link(call, std::move(view), "regions", region.id);
}

json service_view(const Call& call, const ServiceEntry& service) {
    json view = start_view(service.extra);
    view["id"] = service.id;
    view["type"] = service.type;
    view["enabled"] = service.enabled;
    if (service.has_name) view["name"] = service.name;
    if (service.has_description) view["description"] = service.description;
    return with_link(call, std::move(view), "services", service.id);
}

json endpoint_view(const Call& call, const EndpointEntry& endpoint) {
    json view = start_view(endpoint.extra);
    view["id"] = endpoint.id;
    view["interface"] = endpoint.interface;
    view["service_id"] = endpoint.service_id;
    view["region_id"] = text_or_null(endpoint.region_id);
    view["region"] = text_or_null(endpoint.region_id);
    view["url"] = endpoint.url;
    view["enabled"] = endpoint.enabled;
    return with_link(call, std::move(view), "endpoints", endpoint.id);
}

json policy_view(const Call& call, const PolicyDocument& policy) {
    json view = start_view(policy.extra);
    view["id"] = policy.id;
    view["type"] = policy.type;
    view["blob"] = policy.blob;
    return with_link(call, std::move(view), "policies", policy.id);
}

}  // namespace cumulet::identity

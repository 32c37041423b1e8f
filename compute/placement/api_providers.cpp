// Resource providers and what they have.
#include "compute/placement/api.hpp"
#include "compute/placement/views.hpp"

namespace cumulet::compute::placement {

using api::Call;
using api::Endpoint;
using api::Errc;
using api::Fault;
using api::Policy;
using api::Reply;
using http::Method;
using nlohmann::json;

namespace {

Reply show_versions(Call&, store::Transaction&) {
    return Reply::ok({{"versions",
                       {{{"id", "v1.0"},
                         {"max_version", "1.39"},
                         {"min_version", "1.0"},
                         {"status", "CURRENT"},
                         {"links", {{{"rel", "self"}, {"href", ""}}}}}}}});
}

// With the generation that a writer would have to name.
Reply of_provider(const Host& host, std::string_view name, json content) {
    return Reply::ok({{std::string(name), std::move(content)}, {"resource_provider_generation", host.generation}});
}

// "VCPU:2,MEMORY_MB:512" -> amounts. Fault 400.
std::map<std::string, std::int64_t> wanted_resources(const std::string& text) {
    std::map<std::string, std::int64_t> wanted;
    std::size_t at = 0;
    while (at <= text.size()) {
        const auto end = std::min(text.find(',', at), text.size());
        const auto item = text.substr(at, end - at);
        const auto colon = item.find(':');
        const bool number = colon != std::string::npos && colon + 1 < item.size() && item.size() - colon < 12 &&
                            std::all_of(item.begin() + static_cast<std::ptrdiff_t>(colon) + 1, item.end(),
                                        [](char c) { return c >= '0' && c <= '9'; });
        if (!number)
            throw Fault(Errc::bad_request,
                        "Badly formed resources parameter. Expected resources query string parameter in "
                        "form: ?resources=VCPU:2,MEMORY_MB:1024. Got: {}.",
                        text);
        wanted[item.substr(0, colon)] = std::stoll(item.substr(colon + 1));
        at = end + 1;
    }
    return wanted;
}

bool has_room(store::Transaction& txn, const Host& host, const std::map<std::string, std::int64_t>& wanted) {
    const auto use = host_use(txn, host.name);
    const auto capacity = capacity_of(host);
    const std::map<std::string, std::int64_t> free{{"VCPU", capacity.vcpus - use.vcpus},
                                                   {"MEMORY_MB", capacity.memory_mib - use.memory_mib},
                                                   {"DISK_GB", capacity.disk_gib - use.disk_gib}};
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& each) {
        auto found = free.find(each.first);
        return found != free.end() && found->second >= each.second;
    });
}

Reply list_providers(Call& call, store::Transaction& txn) {
    const auto name = call.query("name"), uuid = call.query("uuid"), tree = call.query("in_tree");
    std::map<std::string, std::int64_t> wanted;
    if (auto resources = call.query("resources")) wanted = wanted_resources(*resources);
    // No host is in an aggregate or has a trait.
    const bool unmet = call.query("member_of") || call.query("required");
    json list = json::array();
    txn.visit<Host>({}, [&](Host&& host) {
        const bool listed = !unmet && (!name || *name == host.name) && (!uuid || *uuid == host.uuid) &&
                            (!tree || *tree == host.uuid) && has_room(txn, host, wanted);
        if (listed) list.push_back(provider_view(call, host));
        return true;
    });
    return Reply::ok({{"resource_providers", std::move(list)}});
}

Reply show_provider(Call& call, store::Transaction& txn) {
    return Reply::ok(provider_view(call, find_provider(txn, call)));
}

Reply show_inventories(Call& call, store::Transaction& txn) {
    const auto host = find_provider(txn, call);
    return of_provider(host, "inventories", inventories_of(host));
}

Reply show_inventory(Call& call, store::Transaction& txn) {
    const auto host = find_provider(txn, call);
    auto all = inventories_of(host);
    auto found = all.find(call.path("resource_class"));
    if (found == all.end())
        throw Fault(Errc::not_found, "No inventory of class {} for {}", call.path("resource_class"), host.uuid);
    json one = std::move(*found);
    one["resource_provider_generation"] = host.generation;
    return Reply::ok(one);
}

Reply show_usages(Call& call, store::Transaction& txn) {
    const auto host = find_provider(txn, call);
    return of_provider(host, "usages", usages_of(host_use(txn, host.name)));
}

Reply show_provider_allocations(Call& call, store::Transaction& txn) {
    const auto host = find_provider(txn, call);
    json all = json::object();
    for (const auto& held : txn.scan<Allocation>({.index = "host"}, host.name)) {
        json one{{"resources", resources_of(held)}};
        if (call.at_least({1, 28})) one["consumer_generation"] = held.generation;
        all[held.consumer_id] = std::move(one);
    }
    return of_provider(host, "allocations", std::move(all));
}

Reply show_provider_traits(Call& call, store::Transaction& txn) {
    return of_provider(find_provider(txn, call), "traits", json::array());
}

Reply show_aggregates(Call& call, store::Transaction& txn) {
    const auto host = find_provider(txn, call);
    if (!call.at_least({1, 19})) return Reply::ok({{"aggregates", json::array()}});
    return of_provider(host, "aggregates", json::array());
}

constexpr Endpoint reading(std::string_view path, Policy policy, std::string_view summary, api::Handle handle,
                           api::Version since = {}) {
    return {
        .method = Method::get, .path = path, .since = since, .policy = policy, .summary = summary, .handle = handle};
}

constexpr Endpoint kEndpoints[] = {
    reading("/", Policy::open(), "The versions of this API.", show_versions),
    reading("/resource_providers", {"placement:resource_providers:list", "role:admin or role:service"},
            "Hosts, by name, id or room.", list_providers),
    reading("/resource_providers/{uuid}", {"placement:resource_providers:show", "role:admin or role:service"},
            "One host.", show_provider),
    reading("/resource_providers/{uuid}/inventories",
            {"placement:resource_providers:inventories:list", "role:admin or role:service"}, "What a host has.",
            show_inventories),
    reading("/resource_providers/{uuid}/inventories/{resource_class}",
            {"placement:resource_providers:inventories:show", "role:admin or role:service"},
            "What a host has of one class.", show_inventory),
    reading("/resource_providers/{uuid}/usages", {"placement:resource_providers:usages", "role:admin or role:service"},
            "What is taken on a host.", show_usages),
    reading("/resource_providers/{uuid}/allocations",
            {"placement:resource_providers:allocations:list", "role:admin or role:service"}, "Who took it.",
            show_provider_allocations),
    reading("/resource_providers/{uuid}/aggregates",
            {"placement:resource_providers:aggregates:list", "role:admin or role:service"}, "Aggregates of a host.",
            show_aggregates, {1, 1}),
    reading("/resource_providers/{uuid}/traits",
            {"placement:resource_providers:traits:list", "role:admin or role:service"}, "Traits of a host.",
            show_provider_traits, {1, 6}),
};

}  // namespace

api::EndpointTable provider_endpoints() { return kEndpoints; }

api::ServiceDescription placement_service() {
    api::ServiceDescription description;
    description.name = "placement";
    description.tables = {provider_endpoints(), consumer_endpoints()};
    description.fault = api::placement_fault;
    description.microversions = {.type = "placement", .min = kMinVersion, .max = kMaxVersion, .legacy_header = ""};
    return description;
}

}  // namespace cumulet::compute::placement

#include "compute/placement/views.hpp"

#include "common/api/fault.hpp"

namespace cumulet::compute::placement {

using nlohmann::json;

json provider_view(const api::Call& call, const Host& host) {
    struct Part {
        std::string_view name;
        api::Version since;
    };
    static constexpr Part kParts[] = {{"inventories", {1, 0}},
                                      {"usages", {1, 0}},
                                      {"aggregates", {1, 1}},
                                      {"traits", {1, 6}},
                                      {"allocations", {1, 11}}};
    const std::string self = "/resource_providers/" + host.uuid;
    json links = json::array({{{"rel", "self"}, {"href", self}}});
    for (const auto& part : kParts)
        if (call.at_least(part.since))
            links.push_back({{"rel", part.name}, {"href", self + "/" + std::string(part.name)}});
    json view{{"uuid", host.uuid}, {"name", host.name}, {"generation", host.generation}, {"links", std::move(links)}};
    if (call.at_least({1, 14})) {
        view["parent_provider_uuid"] = nullptr;
        view["root_provider_uuid"] = host.uuid;
    }
    return view;
}

json inventories_of(const Host& host) {
    auto inventory = [](std::int64_t total, std::int64_t reserved, double ratio) {
        return json{{"total", total},    {"reserved", reserved}, {"min_unit", 1},
                    {"max_unit", total}, {"step_size", 1},       {"allocation_ratio", ratio}};
    };
    json all = json::object();
    if (host.vcpus > 0) all["VCPU"] = inventory(host.vcpus, 0, host.cpu_ratio);
    if (host.memory_mib > 0) all["MEMORY_MB"] = inventory(host.memory_mib, host.reserved_memory_mib, host.memory_ratio);
    if (host.disk_gib > 0) all["DISK_GB"] = inventory(host.disk_gib, 0, host.disk_ratio);
    return all;
}

json usages_of(const HostUse& use) {
    return {{"VCPU", use.vcpus}, {"MEMORY_MB", use.memory_mib}, {"DISK_GB", use.disk_gib}};
}

json resources_of(const Allocation& allocation) {
    json resources{{"VCPU", allocation.vcpus}, {"MEMORY_MB", allocation.memory_mib}};
    // A class of which nothing is held is not listed.
    if (allocation.disk_gib > 0) resources["DISK_GB"] = allocation.disk_gib;
    return resources;
}

Host find_provider(store::Transaction& txn, const api::Call& call) {
    const auto& uuid = call.path("uuid");
    auto host = txn.find<Host>("uuid", uuid);
    if (!host) throw api::Fault(api::Errc::not_found, "No resource provider with uuid {} found", uuid);
    return *host;
}

}  // namespace cumulet::compute::placement

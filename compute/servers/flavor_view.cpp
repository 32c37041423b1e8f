#include "compute/servers/flavor_view.hpp"

#include "compute/servers/links.hpp"

namespace cumulet::compute::servers {

using nlohmann::json;

bool visible_to(const Flavor& flavor, const auth::Context& actor) {
    return flavor.is_public ||
           std::find(flavor.projects.begin(), flavor.projects.end(), actor.project_id) != flavor.projects.end();
}

Flavor find_flavor(store::Transaction& txn, const api::Call& call, std::string_view id) {
    auto flavor = txn.get<Flavor>(id);
    if (!flavor || !(call.actor().is_admin() || visible_to(*flavor, call.actor())))
        throw api::Fault(api::Errc::not_found, "Flavor {} could not be found.", id);
    return *std::move(flavor);
}

json flavor_summary(const api::Call& call, const Flavor& flavor) {
    json document{{"id", flavor.id}, {"name", flavor.name}, {"links", resource_links(call, "flavors", flavor.id)}};
    if (call.at_least({2, 55}))
        document["description"] = flavor.description.empty() ? json(nullptr) : json(flavor.description);
    return document;
}

json flavor_json(const api::Call& call, const Flavor& flavor) {
    json document = flavor_summary(call, flavor);
    document["ram"] = flavor.memory_mib;
    document["disk"] = flavor.root_gib;
    document["vcpus"] = flavor.vcpus;
    // An empty string stood for "no swap" until 2.75.
    document["swap"] = flavor.swap_mib == 0 && !call.at_least({2, 75}) ? json("") : json(flavor.swap_mib);
    document["OS-FLV-EXT-DATA:ephemeral"] = flavor.ephemeral_gib;
    document["OS-FLV-DISABLED:disabled"] = flavor.disabled;
    document["os-flavor-access:is_public"] = flavor.is_public;
    document["rxtx_factor"] = flavor.rxtx_factor;
    if (call.at_least({2, 61})) document["extra_specs"] = flavor.extra_specs;
    return document;
}

json embedded_flavor_json(const Flavor& flavor) {
    return {{"vcpus", flavor.vcpus},
            {"ram", flavor.memory_mib},
            {"disk", flavor.root_gib},
            {"ephemeral", flavor.ephemeral_gib},
            {"swap", flavor.swap_mib},
            {"original_name", flavor.name},
            {"extra_specs", flavor.extra_specs}};
}

}  // namespace cumulet::compute::servers

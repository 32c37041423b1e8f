// Version discovery.
#include "compute/servers/api.hpp"

namespace cumulet::compute::servers {
namespace {

using nlohmann::json;

std::string text(api::Version version) { return fmt::format("{}.{}", version.major, version.minor); }

json version_document(const api::Call& call) {
    return {{"id", "v2.1"},
            {"status", "CURRENT"},
            {"version", text(kMaxVersion)},
            {"min_version", text(kMinVersion)},
            {"updated", "2013-07-23T11:33:21Z"},
            {"links", json::array({{{"rel", "self"}, {"href", call.base_url() + "/v2.1/"}}})}};
}

api::Reply list_versions(api::Call& call, store::Transaction&) {
    return api::Reply::ok({{"versions", json::array({version_document(call)})}});
}

api::Reply show_version(api::Call& call, store::Transaction&) {
    auto document = version_document(call);
    document["links"].push_back(
        {{"rel", "describedby"}, {"type", "text/html"}, {"href", "http://docs.openstack.org/"}});
    document["media-types"] =
        json::array({{{"base", "application/json"}, {"type", "application/vnd.openstack.compute+json;version=2.1"}}});
    return api::Reply::ok({{"version", document}});
}

// Parts of the API that were optional once: clients of that time look here whether there is what they want.
struct Extension {
    const char *alias, *name, *description;
};
constexpr Extension kExtensions[] = {
    {"os-admin-actions", "AdminActions", "Setting the state of a server by hand."},
    {"os-aggregates", "Aggregates", "Host aggregates."},
    {"os-attach-interfaces", "AttachInterfaces", "Interfaces of servers."},
    {"os-availability-zone", "AvailabilityZone", "Availability zones."},
    {"os-consoles", "Consoles", "Consoles of servers."},
    {"os-create-backup", "CreateBackup", "Backups of servers, in rotation."},
    {"os-extended-server-attributes", "ExtendedServerAttributes", "What operators see of a server."},
    {"os-flavor-access", "FlavorAccess", "Which projects see a flavor."},
    {"os-flavor-extra-specs", "FlavorExtraSpecs", "Extra specifications of flavors."},
    {"os-floating-ip-pools", "FloatingIpPools", "Networks that floating IPs come from."},
    {"os-floating-ips", "FloatingIps", "Floating IPs."},
    {"os-hosts", "Hosts", "Hosts."},
    {"os-hypervisors", "Hypervisors", "Hypervisors, their capacity and use."},
    {"os-instance-actions", "InstanceActions", "What was done to a server."},
    {"os-instance-usage-audit-log", "InstanceUsageAuditLog", "Audits of usage."},
    {"os-keypairs", "Keypairs", "Keypairs."},
    {"os-lock-server", "LockServer", "Locks of servers."},
    {"os-multiple-create", "MultipleCreate", "Several servers by one request."},
    {"os-networks", "Networks", "Networks."},
    {"os-pause-server", "PauseServer", "Pausing servers."},
    {"os-quota-sets", "Quotas", "Quotas of projects."},
    {"os-rescue", "Rescue", "Rescuing servers."},
    {"os-security-groups", "SecurityGroups", "Security groups."},
    {"os-server-diagnostics", "ServerDiagnostics", "What is known of a running server."},
    {"os-server-external-events", "ServerExternalEvents", "What happened to servers elsewhere."},
    {"os-server-groups", "ServerGroups", "Groups of servers."},
    {"os-server-password", "ServerPassword", "The password that a server made for itself."},
    {"os-services", "Services", "Compute services."},
    {"os-shelve", "Shelve", "Shelving servers."},
    {"os-simple-tenant-usage", "SimpleTenantUsage", "Usage of projects."},
    {"os-suspend-server", "SuspendServer", "Suspending servers."},
    {"os-tenant-networks", "OSTenantNetworks", "Networks that a project sees."},
};

json extension_json(const Extension& extension) {
    return {{"alias", extension.alias},
            {"name", extension.name},
            {"description", extension.description},
            {"namespace", "http://docs.openstack.org/compute/ext/fake_xml"},
            {"updated", "2014-12-03T00:00:00Z"},
            {"links", json::array()}};
}

api::Reply list_extensions(api::Call&, store::Transaction&) {
    json items = json::array();
    for (const auto& extension : kExtensions) items.push_back(extension_json(extension));
    return api::Reply::ok({{"extensions", items}});
}

api::Reply show_extension(api::Call& call, store::Transaction&) {
    for (const auto& extension : kExtensions)
        if (call.path("alias") == extension.alias) return api::Reply::ok({{"extension", extension_json(extension)}});
    throw api::Fault(api::Errc::not_found, "The resource could not be found.");
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/",
     .policy = api::Policy::open(),
     .summary = "List the versions of the compute API.",
     .handle = list_versions},
    {.method = http::Method::get,
     .path = "/v2.1",
     .policy = api::Policy::open(),
     .summary = "Show the version of the compute API.",
     .handle = show_version},
    {.method = http::Method::get,
     .path = "/v2.1/extensions",
     .policy = {"os_compute_api:extensions", "@"},
     .summary = "List the parts of the API that were optional once.",
     .handle = list_extensions},
    {.method = http::Method::get,
     .path = "/v2.1/extensions/{alias}",
     .policy = {"os_compute_api:extensions", "@"},
     .summary = "Show a part of the API that was optional once.",
     .handle = show_extension},
};

}  // namespace

api::EndpointTable version_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

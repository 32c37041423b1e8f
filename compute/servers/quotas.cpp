// Quotas and limits of Nova's resources.
#include "compute/model/quota.hpp"

#include "compute/model/keypair.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Call;
using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;
using store::Transaction;

constexpr std::string_view kDefaultClass = "class:default";

struct Resource {
    std::string_view name;
    api::Version until;  // {}: still shown
};
constexpr api::Version kFiles{2, 56}, kAlways{2, 9999};
constexpr Resource kResources[] = {
    {"instances", kAlways},
    {"cores", kAlways},
    {"ram", kAlways},
    {"metadata_items", kAlways},
    {"key_pairs", kAlways},
    {"server_groups", kAlways},
    {"server_group_members", kAlways},
    {"injected_files", kFiles},
    {"injected_file_content_bytes", kFiles},
    {"injected_file_path_bytes", kFiles},
};
// Resources that moved to Neutron and that older microversions still show.
constexpr std::string_view kMoved[] = {"fixed_ips", "floating_ips", "security_groups", "security_group_rules"};

constexpr api::Schema kUpdate{
    R"({"type": "object", "required": ["quota_set"], "additionalProperties": false, "properties": {
  "quota_set": {"type": "object", "additionalProperties": false, "properties": {
    "instances": {"$ref": "#/definitions/limit"}, "cores": {"$ref": "#/definitions/limit"},
    "ram": {"$ref": "#/definitions/limit"}, "metadata_items": {"$ref": "#/definitions/limit"},
    "key_pairs": {"$ref": "#/definitions/limit"}, "server_groups": {"$ref": "#/definitions/limit"},
    "server_group_members": {"$ref": "#/definitions/limit"}, "injected_files": {"$ref": "#/definitions/limit"},
    "injected_file_content_bytes": {"$ref": "#/definitions/limit"}, "injected_file_path_bytes": {"$ref": "#/definitions/limit"},
    "fixed_ips": {"$ref": "#/definitions/limit"}, "floating_ips": {"$ref": "#/definitions/limit"},
    "security_groups": {"$ref": "#/definitions/limit"}, "security_group_rules": {"$ref": "#/definitions/limit"},
    "networks": {"$ref": "#/definitions/limit"},
    "tenant_id": {"type": "string"}, "force": {"type": ["boolean", "string"]}}}},
  "definitions": {"limit": {"type": ["integer", "string"], "pattern": "^-?[0-9]{1,10}$", "minimum": -1, "maximum": 2147483647}}})"};
constexpr api::Schema kUpdateClass{
    R"({"type": "object", "required": ["quota_class_set"], "additionalProperties": false, "properties": {
  "quota_class_set": {"type": "object", "additionalProperties": {"type": ["integer", "string"], "pattern": "^-?[0-9]{1,10}$",
    "minimum": -1, "maximum": 2147483647}}}})"};

std::int64_t used_of(Transaction& txn, const Call& call, std::string_view project, std::string_view resource) {
    if (resource == "key_pairs")  // counted by user, not by project
        return static_cast<std::int64_t>(txn.scan<Keypair>({}, call.actor().user_id).size());
    return quota_used(txn, project, resource);
}

std::int64_t default_of(Transaction& txn, std::string_view resource) {
    return quota_limit(txn, kDefaultClass, resource);
}

// One document over all resources that the microversion shows.
template <class ValueOf>
json quota_document(const Call& call, ValueOf&& value_of) {
    json document = json::object();
    for (const auto& [name, until] : kResources)
        if (call.version() <= until) document[std::string(name)] = value_of(name);
    if (!call.at_least({2, 36}))
        for (auto name : kMoved) document[std::string(name)] = value_of(name);
    return document;
}

void check_project(const Call& call, std::string_view rule) {
    const auto& project = call.path("project_id");
    if (project != call.actor().project_id && !call.actor().is_admin())
        throw Fault(Errc::forbidden, "Policy doesn't allow {} to be performed.", rule);
}

Reply show_quota(Call& call, Transaction& txn) {
    check_project(call, "os_compute_api:os-quota-sets:show");
    const auto& project = call.path("project_id");
    auto document = quota_document(call, [&](std::string_view name) { return quota_limit(txn, project, name); });
    document["id"] = project;
    return Reply::ok({{"quota_set", document}});
}

Reply show_quota_detail(Call& call, Transaction& txn) {
    check_project(call, "os_compute_api:os-quota-sets:detail");
    const auto& project = call.path("project_id");
    auto document = quota_document(call, [&](std::string_view name) {
        return json{
            {"limit", quota_limit(txn, project, name)}, {"in_use", used_of(txn, call, project, name)}, {"reserved", 0}};
    });
    document["id"] = project;
    return Reply::ok({{"quota_set", document}});
}

Reply show_defaults(Call& call, Transaction& txn) {
    auto document = quota_document(call, [&](std::string_view name) { return default_of(txn, name); });
    document["id"] = call.path("project_id");
    return Reply::ok({{"quota_set", document}});
}

std::map<std::string, std::int64_t> limits_of(const json& asked) {
    std::map<std::string, std::int64_t> limits;
    for (const auto& [name, value] : asked.items()) {
        if (name == "tenant_id" || name == "force") continue;
        limits[name] = value.is_string() ? std::stoll(value.get<std::string>()) : value.get<std::int64_t>();
        if (limits[name] < -1)
            throw Fault(Errc::bad_request, "Invalid input for field/attribute {}. Value: {}. It must be -1 or greater.",
                        name, limits[name]);
    }
    return limits;
}

Reply update_quota(Call& call, Transaction& txn) {
    const auto& project = call.path("project_id");
    const auto& asked = call.body()["quota_set"];
    const bool force =
        asked.contains("force") && (asked["force"] == true || asked["force"] == "True" || asked["force"] == "true");
    auto set = txn.get<QuotaSet>(project).value_or(QuotaSet{.project_id = project, .limits = {}});
    for (const auto& [name, limit] : limits_of(asked)) {
        if (const auto used = quota_used(txn, project, name); !force && limit >= 0 && limit < used)
            throw Fault(Errc::bad_request,
                        "Quota limit {} for {} must be greater than or equal to already used and reserved {}.", limit,
                        name, used);
        set.limits[name] = limit;
    }
    txn.put(set, "limits_set");
    return Reply::ok(
        {{"quota_set", quota_document(call, [&](std::string_view name) { return quota_limit(txn, project, name); })}});
}

Reply delete_quota(Call& call, Transaction& txn) {
    if (auto set = txn.get<QuotaSet>(call.path("project_id"))) {
        // Neutron's limits live in the same record and have a reset of their own.
        for (const auto& [name, until] : kResources) set->limits.erase(std::string(name));
        set->limits.empty() ? txn.erase(*set, "limits_reset") : txn.put(*set, "limits_reset");
    }
    return Reply::accepted();
}

json class_document(const Call& call, Transaction& txn) {
    return quota_document(call, [&](std::string_view name) { return default_of(txn, name); });
}

Reply show_class(Call& call, Transaction& txn) {
    auto document = class_document(call, txn);
    document["id"] = call.path("class");
    return Reply::ok({{"quota_class_set", document}});
}

Reply update_class(Call& call, Transaction& txn) {
    if (call.path("class") != "default")
        throw Fault(Errc::bad_request, "Only the class 'default' exists, not '{}'.", call.path("class"));
    auto set =
        txn.get<QuotaSet>(kDefaultClass).value_or(QuotaSet{.project_id = std::string(kDefaultClass), .limits = {}});
    for (const auto& [name, limit] : limits_of(call.body()["quota_class_set"])) {
        const bool moved =
            !call.at_least({2, 50}) && std::find(std::begin(kMoved), std::end(kMoved), name) != std::end(kMoved);
        if (!moved && !quota_defaults().contains(name))
            throw Fault(Errc::bad_request, "Invalid input for field/attribute quota_class_set. '{}' is no resource.",
                        name);
        set.limits[name] = limit;
    }
    txn.put(set, "defaults_set");
    return Reply::ok({{"quota_class_set", class_document(call, txn)}});
}

Reply show_limits(Call& call, Transaction& txn) {
    auto project = call.actor().project_id;
    for (const char* parameter : {"tenant_id", "project_id"})
        if (auto other = call.query(parameter); other && *other != project) {
            if (!call.actor().is_admin())
                throw Fault(Errc::forbidden,
                            "Policy doesn't allow os_compute_api:limits:other_project to be performed.");
            project = *other;
        }
    json absolute = json::object();
    auto add = [&](const char* member, std::string_view resource) {
        absolute[member] = quota_limit(txn, project, resource);
    };
    auto add_used = [&](const char* member, std::string_view resource) {
        absolute[member] = used_of(txn, call, project, resource);
    };
    add("maxTotalInstances", "instances");
    add("maxTotalCores", "cores");
    add("maxTotalRAMSize", "ram");
    add("maxTotalKeypairs", "key_pairs");
    add("maxServerMeta", "metadata_items");
    add("maxServerGroups", "server_groups");
    add("maxServerGroupMembers", "server_group_members");
    add_used("totalInstancesUsed", "instances");
    add_used("totalCoresUsed", "cores");
    add_used("totalRAMUsed", "ram");
    add_used("totalServerGroupsUsed", "server_groups");
    if (!call.at_least({2, 57})) {
        add("maxPersonality", "injected_files");
        add("maxPersonalitySize", "injected_file_content_bytes");
    }
    if (!call.at_least({2, 39})) add("maxImageMeta", "metadata_items");
    if (!call.at_least({2, 36})) {
        absolute["maxSecurityGroups"] = absolute["maxSecurityGroupRules"] = absolute["maxTotalFloatingIps"] = -1;
        absolute["totalSecurityGroupsUsed"] = absolute["totalFloatingIpsUsed"] = 0;
    }
    return Reply::ok({{"limits", {{"rate", json::array()}, {"absolute", absolute}}}});
}

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::get,
     .path = "/v2.1/os-quota-sets/{project_id}",
     .policy = {"os_compute_api:os-quota-sets:show", "@"},
     .summary = "Show a project's quota.",
     .handle = show_quota},
    {.method = http::Method::get,
     .path = "/v2.1/os-quota-sets/{project_id}/detail",
     .policy = {"os_compute_api:os-quota-sets:detail", "@"},
     .summary = "Show a project's quota and use.",
     .handle = show_quota_detail},
    {.method = http::Method::get,
     .path = "/v2.1/os-quota-sets/{project_id}/defaults",
     .policy = {"os_compute_api:os-quota-sets:defaults", "@"},
     .summary = "Show the default quota.",
     .handle = show_defaults},
    {.method = http::Method::put,
     .path = "/v2.1/os-quota-sets/{project_id}",
     .policy = {"os_compute_api:os-quota-sets:update", kAdmin},
     .body = kUpdate,
     .summary = "Set limits of a project.",
     .handle = update_quota},
    {.method = http::Method::del,
     .path = "/v2.1/os-quota-sets/{project_id}",
     .policy = {"os_compute_api:os-quota-sets:delete", kAdmin},
     .success = 202,
     .summary = "Return a project to the default limits.",
     .handle = delete_quota},
    {.method = http::Method::get,
     .path = "/v2.1/os-quota-class-sets/{class}",
     .policy = {"os_compute_api:os-quota-class-sets:show", kAdmin},
     .summary = "Show the default limits.",
     .handle = show_class},
    {.method = http::Method::put,
     .path = "/v2.1/os-quota-class-sets/{class}",
     .policy = {"os_compute_api:os-quota-class-sets:update", kAdmin},
     .body = kUpdateClass,
     .summary = "Set the default limits.",
     .handle = update_class},
    {.method = http::Method::get,
     .path = "/v2.1/limits",
     .policy = {"os_compute_api:limits", kReader},
     .summary = "Show the actor's limits and use.",
     .handle = show_limits},
};

}  // namespace

api::EndpointTable quota_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

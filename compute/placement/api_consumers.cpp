// Consumers (servers) and what they hold; the classes and traits there are.
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

constexpr std::string_view kClasses[] = {"VCPU", "MEMORY_MB", "DISK_GB"};

Reply show_allocations(Call& call, store::Transaction& txn) {
    json all = json::object(), reply = json::object();
    for (const auto& held : txn.scan<Allocation>({}, call.path("consumer_uuid"))) {
        auto host = txn.peek<Host>(held.host);
        all[held.host_uuid] = {{"generation", host ? host->generation : 0}, {"resources", resources_of(held)}};
        if (call.at_least({1, 12})) {
            reply["project_id"] = held.project_id;
            reply["user_id"] = held.user_id;
        }
        if (call.at_least({1, 28})) reply["consumer_generation"] = held.generation;
        if (call.at_least({1, 38})) reply["consumer_type"] = "INSTANCE";
    }
    reply["allocations"] = std::move(all);
    return Reply::ok(reply);
}

Reply show_total_usages(Call& call, store::Transaction& txn) {
    const auto project = call.query("project_id");
    if (!project)
        throw Fault(Errc::bad_request, "Invalid query string parameters: 'project_id' is a required property");
    const auto user = call.query("user_id");
    HostUse sum;
    std::int64_t consumers = 0;
    for (const auto& held : txn.scan<Allocation>({.index = "project"}, *project)) {
        if (user && held.user_id != *user) continue;
        sum.vcpus += held.vcpus;
        sum.memory_mib += held.memory_mib;
        sum.disk_gib += held.disk_gib;
        ++consumers;
    }
    json usages = consumers > 0 ? usages_of(sum) : json::object();
    if (!call.at_least({1, 38})) return Reply::ok({{"usages", std::move(usages)}});
    json by_type = json::object();
    if (consumers > 0) {
        usages["consumer_count"] = consumers;
        by_type["INSTANCE"] = std::move(usages);
    }
    return Reply::ok({{"usages", std::move(by_type)}});
}

json class_view(std::string_view name) {
    return {{"name", name}, {"links", {{{"rel", "self"}, {"href", "/resource_classes/" + std::string(name)}}}}};
}

Reply list_classes(Call&, store::Transaction&) {
    json list = json::array();
    for (auto name : kClasses) list.push_back(class_view(name));
    return Reply::ok({{"resource_classes", std::move(list)}});
}

Reply show_class(Call& call, store::Transaction&) {
    for (auto name : kClasses)
        if (name == call.path("name")) return Reply::ok(class_view(name));
    throw Fault(Errc::not_found, "No such resource class {}.", call.path("name"));
}

Reply list_traits(Call&, store::Transaction&) { return Reply::ok({{"traits", json::array()}}); }

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/allocations/{consumer_uuid}",
     .policy = {"placement:allocations:list", "role:admin or role:service"},
     .summary = "What a server holds.",
     .handle = show_allocations},
    {.method = Method::get,
     .path = "/usages",
     .since = {1, 9},
     .policy = {"placement:usages", "role:admin or role:service"},
     .summary = "What the servers of a project hold together.",
     .handle = show_total_usages},
    {.method = Method::get,
     .path = "/resource_classes",
     .since = {1, 2},
     .policy = {"placement:resource_classes:list", "role:admin or role:service"},
     .summary = "The classes of resources there are.",
     .handle = list_classes},
    {.method = Method::get,
     .path = "/resource_classes/{name}",
     .since = {1, 2},
     .policy = {"placement:resource_classes:show", "role:admin or role:service"},
     .summary = "One class of resources.",
     .handle = show_class},
    {.method = Method::get,
     .path = "/traits",
     .since = {1, 6},
     .policy = {"placement:traits:list", "role:admin or role:service"},
     .summary = "The traits there are.",
     .handle = list_traits},
};

}  // namespace

api::EndpointTable consumer_endpoints() { return kEndpoints; }

}  // namespace cumulet::compute::placement

#include "compute/metadata/api.hpp"

#include <algorithm>
#include <array>

#include "common/runtime/text.hpp"
#include "compute/metadata/client.hpp"
#include "compute/metadata/documents.hpp"

namespace cumulet::compute::metadata {
namespace {

using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;

constexpr std::array kEc2Versions{"1.0",        "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10",
                                  "2007-12-15", "2008-02-01", "2008-09-01", "2009-04-04", "latest"};
constexpr std::array kOpenStackVersions{"2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30",
                                        "2016-10-06", "2017-02-22", "2018-08-27", "2020-10-14", "latest"};

template <class List>
Reply listed(const List& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : "\n") + std::string(name);
    return Reply::text(200, std::move(text), "text/plain; charset=UTF-8");
}

[[noreturn]] void no_such(const api::Call& call) {
    throw Fault(Errc::not_found, "Nothing is at {}.", call.request().path);
}

template <class List>
void check_version(const api::Call& call, const List& versions) {
    const auto& asked = call.path("version");
    if (std::none_of(versions.begin(), versions.end(), [&](const char* known) { return asked == known; }))
        no_such(call);
}

Reply root(api::Call&, store::Transaction&) { return listed(kEc2Versions); }
Reply openstack_versions(api::Call&, store::Transaction&) { return listed(kOpenStackVersions); }

Reply openstack_folder(api::Call& call, store::Transaction& txn) {
    check_version(call, kOpenStackVersions);
    std::vector<std::string> names{"meta_data.json", "network_data.json", "vendor_data.json", "vendor_data2.json"};
    if (user_data(asking_server(call, txn))) names.push_back("user_data");
    return listed(names);
}

Reply show_user_data(api::Call& call, store::Transaction& txn) {
    auto bytes = user_data(asking_server(call, txn));
    if (!bytes) no_such(call);
    return Reply::text(200, std::move(*bytes), "application/octet-stream");
}

Reply openstack_document(api::Call& call, store::Transaction& txn) {
    check_version(call, kOpenStackVersions);
    const auto& name = call.path("name");
    if (name == "user_data") return show_user_data(call, txn);
    const Server server = asking_server(call, txn);
    if (name == "meta_data.json") return Reply::ok(meta_data(server, call.random()));
    if (name == "network_data.json") return Reply::ok(network_data(txn, server));
    if (name == "vendor_data.json" || name == "vendor_data2.json") return Reply::ok(json::object());
    if (name == "password") return Reply::text(200, "", "text/plain");
    no_such(call);
}

Reply ec2_folder(api::Call& call, store::Transaction& txn) {
    check_version(call, kEc2Versions);
    std::vector<std::string> names{"meta-data/"};
    if (user_data(asking_server(call, txn))) names.push_back("user-data");
    return listed(names);
}

Reply ec2_user_data(api::Call& call, store::Transaction& txn) {
    check_version(call, kEc2Versions);
    return show_user_data(call, txn);
}

// Folders end with a slash; a key's folder is shown with its name ("0=mykey").
Reply shown(const json& node) {
    if (node.is_string()) return Reply::text(200, node.get<std::string>(), "text/plain; charset=UTF-8");
    std::vector<std::string> names;
    for (const auto& [name, child] : node.items()) {
        if (name == "_name") continue;
        if (child.is_object() && child.contains("_name"))
            names.push_back(child["_name"]);
        else
            names.push_back(child.is_object() ? name + "/" : name);
    }
    return listed(names);
}

Reply ec2_metadata(api::Call& call, store::Transaction& txn, std::string_view path) {
    check_version(call, kEc2Versions);
    const json tree = ec2_tree(txn, asking_server(call, txn));
    const json* node = &tree;
    for (const auto step : text::split(path, '/')) {
        if (step.empty()) continue;
        const auto child = node->is_object() && step != "_name" ? node->find(std::string(step)) : node->end();
        if (child == node->end()) no_such(call);
        node = &*child;
    }
    return shown(*node);
}

Reply ec2_root(api::Call& call, store::Transaction& txn) { return ec2_metadata(call, txn, ""); }
Reply ec2_path(api::Call& call, store::Transaction& txn) { return ec2_metadata(call, txn, call.path("path")); }

constexpr auto kGet = http::Method::get;
// Who asks is proven by the proxy's signature or certificate (client.hpp), not by a token.
constexpr auto kProxy = api::Policy::open();

constexpr api::Endpoint kTable[] = {
    {.method = kGet, .path = "/", .policy = kProxy, .summary = "List the versions of EC2's tree.", .handle = root},
    {.method = kGet,
     .path = "/openstack",
     .policy = kProxy,
     .summary = "List the versions of OpenStack's tree.",
     .handle = openstack_versions},
    {.method = kGet,
     .path = "/openstack/{version}",
     .policy = kProxy,
     .summary = "List the documents.",
     .handle = openstack_folder},
    {.method = kGet,
     .path = "/openstack/{version}/{name}",
     .policy = kProxy,
     .summary = "Show a document.",
     .handle = openstack_document},
    {.method = kGet,
     .path = "/{version}",
     .policy = kProxy,
     .summary = "List what EC2's tree has.",
     .handle = ec2_folder},
    {.method = kGet,
     .path = "/{version}/user-data",
     .policy = kProxy,
     .summary = "Show the user data.",
     .handle = ec2_user_data},
    {.method = kGet,
     .path = "/{version}/meta-data",
     .policy = kProxy,
     .summary = "List EC2's metadata.",
     .handle = ec2_root},
    {.method = kGet,
     .path = "/{version}/meta-data/{path*}",
     .policy = kProxy,
     .summary = "Show a piece of EC2's metadata.",
     .handle = ec2_path},
};

}  // namespace

api::ServiceDescription metadata_service() {
    api::ServiceDescription description;
    description.name = "metadata";
    description.tables = {kTable};
    description.fault = api::glance_fault;
    return description;
}

}  // namespace cumulet::compute::metadata

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

api::Reply list_extensions(api::Call&, store::Transaction&) { return api::Reply::ok({{"extensions", json::array()}}); }

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
     .summary = "List extensions: there are none, everything is in the API itself.",
     .handle = list_extensions},
};

}  // namespace

api::EndpointTable version_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers

// Which versions of the API there are.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"

namespace cumulet::identity {
namespace {

nlohmann::ordered_json version(const Call& call) {
    using Json = nlohmann::ordered_json;
    return Json{
        {"id", "v3.14"},
        {"status", "stable"},
        {"updated", "2020-04-07T00:00:00Z"},
        {"links", Json::array({Json{{"rel", "self"}, {"href", call.base_url() + "/v3/"}}})},
        {"media-types",
         Json::array({Json{{"base", "application/json"}, {"type", "application/vnd.openstack.identity-v3+json"}}})}};
}

Reply list_versions(Call& call, Transaction&) {
    nlohmann::ordered_json values = nlohmann::ordered_json::array({version(call)});
    return Reply::raw_json(300, nlohmann::ordered_json{{"versions", {{"values", values}}}}.dump())
        .header("Location", call.base_url() + "/v3/");
}

Reply show_version(Call& call, Transaction&) {
    return Reply::raw_json(200, nlohmann::ordered_json{{"version", version(call)}}.dump());
}

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/",
     .policy = Policy::open(),
     .success = 300,
     .summary = "List the versions of the API.",
     .handle = list_versions},
    {.method = Method::get,
     .path = "/v3",
     .policy = Policy::open(),
     .summary = "Show version 3.",
     .handle = show_version},
};

}  // namespace

api::EndpointTable version_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity

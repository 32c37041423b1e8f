// What the service can do, and that it is well: asked before anybody has a token.
#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/tables.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Policy;
using api::Reply;
using http::Method;

Reply show_info(api::Call& call, store::Transaction&) {
    const auto& settings = call.module<Swift>().settings;
    const nlohmann::json policy{{"name", "Policy-0"}, {"aliases", "Policy-0"}, {"default", true}};
    const nlohmann::json swift{{"version", "2.30.1"},
                               {"valid_api_versions", {"v1", "v1.0"}},
                               {"strict_cors_mode", true},
                               {"policies", nlohmann::json::array({policy})},
                               {"allow_account_management", false},
                               {"account_autocreate", true},
                               {"max_file_size", settings.max_file_size},
                               {"max_object_name_length", settings.max_object_name_length},
                               {"max_container_name_length", settings.max_container_name_length},
                               {"max_account_name_length", settings.max_account_name_length},
                               {"max_meta_name_length", settings.max_meta_name_length},
                               {"max_meta_value_length", settings.max_meta_value_length},
                               {"max_meta_count", settings.max_meta_count},
                               {"max_meta_overall_size", settings.max_meta_overall_size},
                               {"max_header_size", settings.max_header_size},
                               {"extra_header_count", 0},
                               {"container_listing_limit", settings.container_listing_limit},
                               {"account_listing_limit", settings.account_listing_limit}};
    nlohmann::json info{
        {"swift", swift},
        {"bulk_delete", {{"max_deletes_per_request", settings.max_deletes_per_request}, {"max_failed_deletes", 1000}}},
        {"dlo", {{"max_segments", settings.container_listing_limit}}},
        {"slo",
         {{"max_manifest_segments", settings.max_manifest_segments},
          {"max_manifest_size", settings.max_manifest_size},
          {"min_segment_size", 1}}},
        {"symlink", {{"symloop_max", settings.max_links}, {"static_links", true}}},
        {"object_versioning", nlohmann::json::object()},
        {"versioned_writes", {{"allowed_flags", {"x-versions-location", "x-history-location"}}}},
        {"container_quotas", nlohmann::json::object()},
        {"account_quotas", nlohmann::json::object()},
        {"tempurl",
         {{"methods", {"GET", "HEAD", "PUT", "POST", "DELETE"}},
          {"allowed_digests", {"sha1", "sha256", "sha512"}},
          {"incoming_remove_headers", {"x-timestamp"}},
          {"incoming_allow_headers", nlohmann::json::array()},
          {"outgoing_remove_headers", {"x-object-meta-*"}},
          {"outgoing_allow_headers", {"x-object-meta-public-*"}}}},
        {"keystoneauth", nlohmann::json::object()}};
    const auto* tempauth = call.module<Swift>().tempauth;
    if (tempauth && tempauth->has_users()) info["tempauth"] = {{"account_acls", true}};
    return Reply::ok(info);
}

Reply show_health(api::Call&, store::Transaction&) { return Reply::text(200, "OK", "text/plain"); }

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/info",
     .policy = Policy::open(),
     .summary = "Show what this object store can do.",
     .handle = show_info},
    {.method = Method::get,
     .path = "/healthcheck",
     .policy = Policy::open(),
     .summary = "Show that it is alive.",
     .handle = show_health},
};

}  // namespace

api::EndpointTable info_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift

// What the service can do, and that it is well: asked before anybody has a token.
#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/api/stream.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/sync_realms.hpp"
#include "objectstore/swift/tables.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Policy;
using api::Reply;
using http::Method;

nlohmann::json steps_of(const std::vector<RateStep>& steps) {
    auto all = nlohmann::json::array();
    for (const auto& step : steps) all.push_back({step.objects, step.rate});
    return all;
}

nlohmann::json realms_of(const SyncRealms* known) {
    auto realms = nlohmann::json::object();
    if (!known) return realms;
    for (const auto& [name, realm] : known->all()) {
        if (realm.clusters.empty()) continue;
        auto& clusters = realms[name]["clusters"];
        for (const auto& [cluster, url] : realm.clusters) {
            clusters[cluster] = nlohmann::json::object();
            if (known->is_current(name, cluster)) clusters[cluster]["current"] = true;
        }
    }
    return realms;
}

Reply show_info(api::Call& call, store::Transaction&) {
    const auto& settings = call.module<Swift>().settings;
    auto policies = nlohmann::json::array();
    for (const auto& policy : settings.policies)
        if (!policy.deprecated) policies.push_back({{"name", policy.name}, {"aliases", policy.name}});
    policies.front()["default"] = true;
    const nlohmann::json swift{{"version", "2.30.1"},
                               {"valid_api_versions", {"v1", "v1.0"}},
                               {"strict_cors_mode", true},
                               {"policies", policies},
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
          {"min_segment_size", 1},
          {"allow_async_delete", true},
          {"yield_frequency", 10}}},
        {"symlink", {{"symloop_max", settings.max_links}, {"static_links", true}}},
        {"object_versioning", nlohmann::json::object()},
        {"versioned_writes", {{"allowed_flags", {"x-versions-location", "x-history-location"}}}},
        {"staticweb", nlohmann::json::object()},
        {"container_quotas", nlohmann::json::object()},
        {"account_quotas", nlohmann::json::object()},
        {"tempurl",
         {{"methods", {"GET", "HEAD", "PUT", "POST", "DELETE"}},
          {"allowed_digests", {"sha1", "sha256", "sha512"}},
          {"incoming_remove_headers", {"x-timestamp"}},
          {"incoming_allow_headers", nlohmann::json::array()},
          {"outgoing_remove_headers", {"x-object-meta-*"}},
          {"outgoing_allow_headers", {"x-object-meta-public-*"}}}},
        {"formpost", {{"allowed_digests", {"sha1", "sha256", "sha512"}}}},
        {"etag_quoter", {{"enable_by_default", false}}},
        {"bulk_upload",
         {{"max_containers_per_extraction", settings.max_containers_per_extraction},
          {"max_failed_extractions", settings.max_failed_extractions}}}};
    info["container_sync"] = {{"realms", realms_of(call.module<Swift>().realms)}};
    if (call.module<Swift>().rate_limits)
        info["ratelimit"] = {{"account_ratelimit", settings.account_rate},
                             {"max_sleep_time_seconds", settings.max_rate_wait.count() / 1000.0},
                             {"container_ratelimits", steps_of(settings.container_rates)},
                             {"container_listing_ratelimits", steps_of(settings.listing_rates)}};
    if (!settings.cross_domain_policy.empty()) info["crossdomain"] = nlohmann::json::object();
    if (settings.has_s3)
        info["s3api"] = {{"max_bucket_listing", 1000},
                         {"max_parts_listing", 1000},
                         {"max_upload_part_num", 10'000},
                         {"max_multi_delete_objects", 1000},
                         {"allow_multipart_uploads", true},
                         {"min_segment_size", 5 << 20},
                         {"s3_acl", true}};
    if (!settings.storage_domains.empty()) info["domain_remap"] = {{"default_reseller_prefix", nullptr}};
    if (settings.cname_depth > 0) info["cname_lookup"] = {{"lookup_depth", settings.cname_depth}};
    const auto* validator = call.module<Swift>().validator;
    if (validator && !validator->authenticate_uri().empty()) info["keystoneauth"] = nlohmann::json::object();
    const auto* tempauth = call.module<Swift>().tempauth;
    if (tempauth && tempauth->has_users()) info["tempauth"] = {{"account_acls", true}};
    return Reply::ok(info);
}

Reply show_info_options(api::Call&, store::Transaction&) {
    Reply reply = Reply::empty(200);
    reply.response().headers.set("Allow", "HEAD, GET, OPTIONS");
    return reply;
}

// For players in web pages that look here before they ask.
Reply show_cross_domain_policy(api::Call& call, store::Transaction&) {
    const auto& policy = call.module<Swift>().settings.cross_domain_policy;
    if (policy.empty()) throw api::Fault::general(api::Errc::not_found);
    return Reply::text(200,
                       fmt::format("<?xml version=\"1.0\"?>\n<!DOCTYPE cross-domain-policy SYSTEM "
                                   "\"http://www.adobe.com/xml/dtds/cross-domain-policy.dtd\" >\n"
                                   "<cross-domain-policy>\n{}\n</cross-domain-policy>",
                                   policy),
                       "application/xml");
}

http::Task<Reply> refuse_url(api::StreamCall&) {
    throw api::Fault(api::Errc::precondition_failed, "Bad URL");
    co_return Reply::empty(412);
}

Reply show_health(api::Call&, store::Transaction&) { return Reply::text(200, "OK", "text/plain"); }

constexpr api::StreamHandle kRefuse{refuse_url};

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/info",
     .policy = Policy::open(),
     .summary = "Show what this object store can do.",
     .handle = show_info},
    {.method = Method::options,
     .path = "/info",
     .policy = Policy::open(),
     .summary = "Show the methods of this address.",
     .handle = show_info_options},
    {.method = Method::get,
     .path = "/crossdomain.xml",
     .policy = Policy::open(),
     .summary = "Show which sites' players may ask.",
     .handle = show_cross_domain_policy},
    {.method = Method::get,
     .path = "/healthcheck",
     .policy = Policy::open(),
     .summary = "Show that it is alive.",
     .handle = show_health},
    {.method = Method::get,
     .path = "/v1",
     .policy = Policy::open(),
     .summary = "Refuse: there is nothing without an account.",
     .stream = &kRefuse},
    {.method = Method::put,
     .path = "/v1",
     .policy = Policy::open(),
     .summary = "Refuse: there is nothing without an account.",
     .stream = &kRefuse},
    {.method = Method::post,
     .path = "/v1",
     .policy = Policy::open(),
     .summary = "Refuse: there is nothing without an account.",
     .stream = &kRefuse},
    {.method = Method::del,
     .path = "/v1",
     .policy = Policy::open(),
     .summary = "Refuse: there is nothing without an account.",
     .stream = &kRefuse},
};

}  // namespace

api::EndpointTable info_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift

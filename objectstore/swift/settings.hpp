// What Swift's API is configured with, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cumulet::objectstore::swift {

// A name that containers may be made with. All objects are kept alike.
struct StoragePolicy {
    std::string name;
    bool deprecated = false;  // no new containers
};

// From `objects` objects on a container takes `rate` requests a second; in between rates change evenly.
struct RateStep {
    std::uint64_t objects = 0;
    double rate = 0;
};

struct Settings {
    std::string account_prefix = "AUTH_";
    std::vector<std::string> operator_roles = {"admin", "member", "swiftoperator"};
    std::vector<std::string> reseller_admin_roles = {"ResellerAdmin"};

    std::string service_prefix;                  // of accounts that take a service's token too; empty: none
    std::vector<std::string> service_roles;      // roles of such a service
    std::vector<std::string> cors_allow_origin;  // allowed whatever a container says

    std::vector<StoragePolicy> policies = {{"Policy-0"}};  // the first is the default
    std::vector<std::string> sync_hosts = {"127.0.0.1"};   // that containers may be synced to

    std::vector<std::string> storage_domains;  // hosts below them name accounts and containers

    std::size_t cname_depth = 0;  // CNAME records that are followed from a host to a storage domain

    // Requests a second; 0 or empty: without limit.
    double account_rate = 0;                          // PUT and DELETE of containers, an account
    double write_rate = 0;                            // everything that writes, an account
    std::vector<RateStep> container_rates;            // writes of objects, by how many a container has
    std::vector<RateStep> listing_rates;              // listings, likewise
    std::chrono::milliseconds max_rate_wait{60'000};  // who would have to wait longer is refused
    std::vector<std::string> unlimited_accounts, refused_accounts;

    std::string cross_domain_policy;  // what /crossdomain.xml allows; empty: there is none

    bool has_s3 = false;                                          // the S3 API is there too
    std::vector<std::string> recon_hosts = {"127.0.0.1", "::1"};  // addresses that /recon answers

    std::uint64_t max_file_size = 5'368'709'122;
    std::size_t max_object_name_length = 1024;
    std::size_t max_container_name_length = 256;
    std::size_t max_account_name_length = 256;
    std::size_t max_meta_name_length = 128;
    std::size_t max_meta_value_length = 256;
    std::size_t max_meta_count = 90;
    std::size_t max_meta_overall_size = 4096;
    std::size_t max_header_size = 8192;
    std::size_t container_listing_limit = 10'000;
    std::size_t account_listing_limit = 10'000;
    std::size_t max_deletes_per_request = 10'000;
    std::size_t max_manifest_segments = 1000;
    std::size_t max_manifest_size = 8u << 20;
    std::size_t max_links = 2;
    std::size_t max_containers_per_extraction = 10'000;
    std::size_t max_failed_extractions = 1'000;
    // Whether any request is bound to a rate.
    bool limits_rates() const {
        return account_rate > 0 || write_rate > 0 || !container_rates.empty() || !listing_rates.empty() ||
               !refused_accounts.empty();
    }

    std::size_t max_archive_entries = 1'000'000;
    std::uint64_t max_expansion = 200;  // bytes that an archive's bytes may become, each
};

}  // namespace cumulet::objectstore::swift

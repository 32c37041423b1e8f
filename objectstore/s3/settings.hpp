// What S3's API is configured with, as plain values. Roles, prefixes and sizes are those of the Swift API beside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cumulet::objectstore::s3 {

struct Settings {
    // The first is ours; signatures may name any of them.
    std::vector<std::string> regions = {"RegionOne", "us-east-1"};
    std::vector<std::string> domains;       // "s3.example.com": then "bucket.s3.example.com" names a bucket
    std::vector<std::string> site_domains;  // the same, but it is served as a web site

    // Where Swift's own S3 API answers otherwise than AWS: like that. Owners are then shown as "project:user" instead
    // of the project's id, and ACLs may name such; conditional writes are refused.
    bool as_swift = false;

    std::uint64_t max_object_bytes = 5ull << 40;
    std::uint64_t max_put_bytes = 5ull << 30;
    std::uint64_t min_part_bytes = 5u << 20;
    std::size_t max_parts = 10'000;
    std::size_t max_key_bytes = 1024;
    std::size_t max_metadata_bytes = 2048;
    std::size_t max_document_bytes = 4u << 20;
    std::size_t max_keys = 1000;  // a page
};

}  // namespace cumulet::objectstore::s3

// Lifecycle rules of a bucket: what goes when.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/runtime/clock.hpp"
#include "objectstore/s3/rules/tags.hpp"
#include "objectstore/s3/wire/xml_in.hpp"

namespace cumulet::objectstore::s3 {

struct LifecycleRule {
    std::string id;
    bool enabled = false;
    std::string prefix;
    Tags tags;
    std::optional<std::uint64_t> larger_than, smaller_than;
    std::optional<int> expire_days;
    std::optional<Timestamp> expire_at;
    bool expire_lone_markers = false;
    std::optional<int> noncurrent_days;
    int keep_noncurrent = 0;        // the newest of them stay all the same
    std::optional<int> abort_days;  // uploads that were never completed

    // Prefix, tags and sizes.
    bool concerns(const std::string& name, const Tags& tags_of_it, std::uint64_t length) const;
};

// Throws S3Error MalformedXML, InvalidArgument; NotImplemented for transitions: there is one storage class.
std::vector<LifecycleRule> parse_lifecycle(const XmlNode& document);

// The midnight (UTC) from which on something of that age goes.
Timestamp due_after(Timestamp since, int days);

}  // namespace cumulet::objectstore::s3

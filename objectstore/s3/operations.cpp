#include "objectstore/s3/operations.hpp"

#include <algorithm>

#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

// Parameters that turn a request into another operation: one of them that we do not know must not be taken for none.
constexpr std::string_view kSubresources[] = {"accelerate",
                                              "acl",
                                              "analytics",
                                              "attributes",
                                              "cors",
                                              "delete",
                                              "encryption",
                                              "intelligent-tiering",
                                              "inventory",
                                              "legal-hold",
                                              "lifecycle",
                                              "location",
                                              "logging",
                                              "metrics",
                                              "notification",
                                              "object-lock",
                                              "ownershipControls",
                                              "policy",
                                              "policyStatus",
                                              "publicAccessBlock",
                                              "replication",
                                              "requestPayment",
                                              "restore",
                                              "retention",
                                              "select",
                                              "tagging",
                                              "torrent",
                                              "uploadId",
                                              "uploads",
                                              "versioning",
                                              "versions",
                                              "website"};

Operations tables[] = {bucket_operations(), listing_operations(), object_operations(),
                       upload_operations(), setting_operations(), attribute_operations()};

}  // namespace

const Operation& operation_for(http::Method method, Level level, std::string_view query) {
    std::string_view subresource;
    for (const auto& [name, value] : http::parse_query(query)) {
        const auto known = std::find(std::begin(kSubresources), std::end(kSubresources), name);
        if (known == std::end(kSubresources)) continue;
        subresource = *known;
        break;
    }
    bool other_method = false;
    for (const auto& table : tables)
        for (const auto& each : table) {
            if (each.level != level || each.subresource != subresource) continue;
            if (each.method == method) return each;
            other_method = true;
        }
    if (!subresource.empty() && !other_method) throw S3Error("NotImplemented");
    throw S3Error("MethodNotAllowed");
}

}  // namespace cumulet::objectstore::s3

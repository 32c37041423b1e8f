// Deleting objects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "objectstore/model/versions.hpp"
#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

struct Erased {
    bool marker = false;     // a delete marker was written, or was what went
    std::string marker_id;   // its version
    std::string version_id;  // that was asked for
};
// What must be so for something to be deleted; where nothing is, nothing must.
struct EraseConditions {
    std::optional<std::string> etag;  // "*": any
    std::optional<std::uint64_t> size;
    std::optional<Timestamp> modified_at;  // in whole seconds
};
// Deletes a name (a version of it when `version_id` is not empty); what is not there is success. Throws S3Error
// AccessDenied for what is locked, PreconditionFailed.
http::Task<Erased> erase_object(S3Call& call, const std::string& name, const std::string& version_id,
                                const EraseConditions& conditions = {});

http::Task<api::Reply> delete_object(S3Call& call);
http::Task<api::Reply> delete_objects(S3Call& call);

}  // namespace cumulet::objectstore::s3

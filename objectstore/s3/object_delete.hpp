// Deleting objects.
#pragma once

#include "objectstore/model/versions.hpp"
#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

struct Erased {
    bool marker = false;     // a delete marker was written, or was what went
    std::string marker_id;   // its version
    std::string version_id;  // that was asked for
};
// Deletes a name (a version of it when `version_id` is not empty); what is not there is success. Throws S3Error
// AccessDenied for what is locked.
http::Task<Erased> erase_object(S3Call& call, const std::string& name, const std::string& version_id);

http::Task<api::Reply> delete_object(S3Call& call);
http::Task<api::Reply> delete_objects(S3Call& call);

}  // namespace cumulet::objectstore::s3

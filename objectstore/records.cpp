#include "objectstore/records.hpp"

#include "common/store/record_set.hpp"
#include "objectstore/engine/blob_row.hpp"
#include "objectstore/engine/composed_engine.hpp"
#include "objectstore/engine/crypt.hpp"
#include "objectstore/model/account.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/model/object.hpp"
#include "objectstore/model/sync_change.hpp"
#include "objectstore/model/version.hpp"
#include "objectstore/s3/bucket_name.hpp"
#include "objectstore/s3/upload_records.hpp"

namespace cumulet::objectstore {
namespace {

using Records = store::RecordSet<BlobRow, RottenRow, ScrubRow, DiskRow, ComposedRow, ScopeKeyRow, Account, Container,
                                 Object, SyncChange, Version, s3::BucketName, s3::MultipartUpload, s3::UploadPart>;

}  // namespace

std::size_t ensure_indexes(store::Engine& engine) { return Records::ensure_indexes(engine); }

std::vector<std::string> record_schemas() { return Records::schemas(); }

}  // namespace cumulet::objectstore

// Encryption with keys that clients bring along (SSE-C): AES-256-GCM by blocks, so that ranges can be read. The key is
// never kept; the data key is made of it and of a salt that stands in the record.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "objectstore/model/object.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/swift/large_objects.hpp"

namespace cumulet::objectstore::s3 {

struct ClientKey {
    std::string bytes;
    std::string md5;  // base64, as it is answered
};

// x-amz-server-side-encryption-customer-…, or with `prefix` "x-amz-copy-source-…"; nullopt without any. Throws S3Error.
std::optional<ClientKey> sent_client_key(const S3Call& call, bool of_source = false);

class Sealer {
public:
    static constexpr std::size_t kBlock = 64 * 1024;
    Sealer(const ClientKey& key, std::string salt);
    ~Sealer();
    // The next block: kBlock bytes, or fewer for the last one.
    std::string seal(std::string_view plain);
    // What the record keeps.
    std::string text() const;

private:
    const std::string salt_, key_;
    std::uint64_t block_ = 0;
};

// Reads of the object's record, and of the call, whether and how to open it. Throws S3Error when the key is missing or
// another.
void require_client_key(const S3Call& call, const Object& object, bool of_source = false);
swift::Content sealed_content(const S3Call& call, const Object& object, const ClientKey& key);

// Of a new object: null when its bytes are not sealed with a client's key. Notes it in the object.
std::unique_ptr<Sealer> sealer_for(const S3Call& call, Object& object);
// Of a part of an upload that began with `object`. Throws S3Error when the key is not the upload's.
std::unique_ptr<Sealer> sealer_for_part(const S3Call& call, const Object& object);
// x-amz-server-side-encryption… of an answer.
void show_sealing(const Object& object, http::Headers& headers);

}  // namespace cumulet::objectstore::s3

// The checksums that clients may give with an upload: x-amz-checksum-….
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/message.hpp"

namespace cumulet::objectstore::s3 {

enum class ChecksumKind { crc32, crc32c, crc64nvme, sha1, sha256 };

struct Checksum {
    ChecksumKind kind = ChecksumKind::crc32;
    std::string value;  // base64
};

std::string_view checksum_name(ChecksumKind kind);                 // "CRC32C"
std::string checksum_header(ChecksumKind kind);                    // "x-amz-checksum-crc32c"
std::string checksum_element(ChecksumKind kind);                   // "ChecksumCRC32C"
std::optional<ChecksumKind> checksum_kind(std::string_view name);  // in any case; nullopt: none of them

// The checksum among a request's headers; its value may be missing when a trailer brings it. Throws S3Error for more
// than one, for an unknown algorithm, and for values that are none.
std::optional<Checksum> sent_checksum(const http::Headers& headers);
// Throws S3Error BadDigest when `value` cannot be such a checksum.
void check_checksum_form(const Checksum& checksum);

// The checksum of data that came in parts, from those of the parts (base64) and their lengths: CRCs only.
std::string combined_checksum(ChecksumKind kind, const std::vector<std::pair<std::string, std::uint64_t>>& parts);

class ChecksumMeter {
public:
    explicit ChecksumMeter(ChecksumKind kind);
    ~ChecksumMeter();
    void add(std::string_view data);
    Checksum result();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::objectstore::s3

// The body of a request as its signature covers it: AWS's chunks taken apart, hashes and checksums compared at the end.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/http/body.hpp"
#include "objectstore/s3/auth/chunks.hpp"
#include "objectstore/s3/checksums.hpp"

namespace cumulet::objectstore::s3 {

struct S3Call;

// Reads the data only. What it has given is to be believed after finish().
class PayloadReader final : public http::BodyReader {
public:
    // Whose the checksums among the headers are: that of an upload that completes is of the object it makes.
    enum class Sums { of_body, of_object };
    // Throws S3Error for headers about the body that make no sense together.
    explicit PayloadReader(const S3Call& call, Sums sums = Sums::of_body);
    // Of a form: its file, which no signature covers; Content-MD5 and checksums are fields of the form.
    PayloadReader(const S3Call& call, http::BodyReader& file);
    ~PayloadReader() override;

    http::Task<std::size_t> read(std::span<char> buffer) override;
    // Reads what is left (nothing may be), and compares. `md5`: of the data, hex. Throws S3Error BadDigest,
    // XAmzContentSHA256Mismatch, SignatureDoesNotMatch, IncompleteBody.
    http::Task<void> finish(std::string_view md5);
    // How much data will come; nullopt: unknown.
    std::optional<std::uint64_t> length() const { return length_; }
    // Computes this checksum too, though the client did not give one.
    void measure(ChecksumKind kind);
    // The checksum that the client named, once finish() has found it right, or that was measured.
    const std::optional<Checksum>& checksum() const { return checksum_; }

private:
    void take_md5(const http::Headers& headers);
    void take_checksum(const http::Headers& headers);
    http::Task<std::size_t> read_chunks(std::span<char> buffer);
    void count(std::string_view data);
    void compare_checksum();

    http::BodyReader& body_;
    std::optional<std::uint64_t> length_;
    std::uint64_t received_ = 0;
    std::unique_ptr<ChunkReader> chunks_;
    std::string raw_;  // of the chunks, read but not decoded
    std::size_t raw_at_ = 0;
    std::optional<Digest> sha256_;
    std::string wanted_sha256_, wanted_md5_;
    std::unique_ptr<ChecksumMeter> meter_;
    std::optional<Checksum> checksum_;
    std::string trailer_;  // the header that comes behind the data
    bool ended_ = false;
    bool measured_ = false;  // the checksum is ours, there is nothing to compare
};

}  // namespace cumulet::objectstore::s3

#include "objectstore/s3/payload.hpp"

#include <charconv>

#include "common/runtime/text.hpp"
#include "objectstore/s3/call.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kRawBytes = 64 * 1024;

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

bool in_chunks(const Claim& claim) { return claim.payload != Payload::hashed && claim.payload != Payload::not_signed; }

}  // namespace

PayloadReader::PayloadReader(const S3Call& call, Sums sums) : body_(call.http.body_stream()) {
    const auto& headers = call.headers();
    const auto& claim = call.claim;
    length_ = call.http.content_length();
    Claim coded = claim;
    // Nobody signed, yet the body may come in AWS's coding.
    if (const auto hash = headers.get("x-amz-content-sha256"); hash && *hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        coded.payload = Payload::unsigned_trailer;
    if (in_chunks(coded)) {
        const auto decoded = number_in(headers.value_or("x-amz-decoded-content-length", ""));
        if (!decoded) throw S3Error("MissingContentLength");
        length_ = decoded;
        const bool needs_key = coded.payload != Payload::unsigned_trailer;
        chunks_ = std::make_unique<ChunkReader>(coded, needs_key && call.key ? call.key->signing_key(claim) : "");
    }
    if (claim.payload == Payload::hashed) {
        sha256_.emplace(Hash::sha256);
        wanted_sha256_ = text::to_lower(claim.payload_hash);
    }
    take_md5(headers);
    if (sums == Sums::of_body) take_checksum(headers);
}

PayloadReader::PayloadReader(const S3Call& call, http::BodyReader& file) : body_(file) {
    take_md5(call.headers());
    take_checksum(call.headers());
}

void PayloadReader::take_md5(const http::Headers& headers) {
    if (const auto md5 = headers.get("Content-MD5")) {
        const auto bytes = text::from_base64(*md5);
        if (!bytes || bytes->size() != 16) throw S3Error("InvalidDigest");
        wanted_md5_ = text::to_hex(*bytes);
    }
}

void PayloadReader::take_checksum(const http::Headers& headers) {
    checksum_ = sent_checksum(headers);
    if (checksum_) {
        meter_ = std::make_unique<ChecksumMeter>(checksum_->kind);
        if (checksum_->value.empty()) trailer_ = checksum_header(checksum_->kind);
    }
}

PayloadReader::~PayloadReader() = default;

void PayloadReader::measure(ChecksumKind kind) {
    if (checksum_) return;
    checksum_ = Checksum{kind, ""};
    meter_ = std::make_unique<ChecksumMeter>(kind);
    measured_ = true;
}

void PayloadReader::count(std::string_view data) {
    received_ += data.size();
    if (sha256_) sha256_->add(data);
    if (meter_) meter_->add(data);
}

http::Task<std::size_t> PayloadReader::read_chunks(std::span<char> buffer) {
    for (;;) {
        if (raw_at_ == raw_.size()) {
            if (ended_) co_return 0;
            raw_.resize(kRawBytes);
            raw_at_ = 0;
            const auto count = co_await body_.read(raw_);
            raw_.resize(count);
            if (count == 0) {
                ended_ = true;
                if (!chunks_->done()) throw S3Error("IncompleteBody");
                co_return 0;
            }
        }
        const auto step = chunks_->decode(std::string_view(raw_).substr(raw_at_), buffer);
        raw_at_ += step.consumed;
        if (step.produced > 0) co_return step.produced;
        if (chunks_->done() && raw_at_ < raw_.size())
            throw S3Error("InvalidRequest", "There is more behind the last chunk of the body.");
    }
}

http::Task<std::size_t> PayloadReader::read(std::span<char> buffer) {
    const auto count = chunks_ ? co_await read_chunks(buffer) : co_await body_.read(buffer);
    this->count(std::string_view(buffer.data(), count));
    if (length_ && received_ > *length_)
        throw S3Error("InvalidRequest", "The body is longer than its announced length.");
    co_return count;
}

void PayloadReader::compare_checksum() {
    if (!trailer_.empty()) {
        const auto& trailers = chunks_ ? chunks_->trailers() : std::map<std::string, std::string>{};
        const auto found = trailers.find(trailer_);
        if (found == trailers.end()) throw S3Error("InvalidRequest", "The announced trailer did not come.");
        checksum_->value = found->second;
        check_checksum_form(*checksum_);
    }
    if (meter_->result().value != checksum_->value)
        throw S3Error("BadDigest", "The " + std::string(checksum_name(checksum_->kind)) +
                                       " you specified did not match the calculated checksum.");
}

http::Task<void> PayloadReader::finish(std::string_view md5) {
    char more[1];
    if (co_await read(more) > 0) throw S3Error("InvalidRequest", "The body is longer than its announced length.");
    if (length_ && received_ != *length_) throw S3Error("IncompleteBody");
    if (sha256_ && !text::equal_in_constant_time(text::to_hex(sha256_->take()), wanted_sha256_))
        throw S3Error("XAmzContentSHA256Mismatch");
    if (!wanted_md5_.empty() && wanted_md5_ != md5) throw S3Error("BadDigest");
    if (measured_)
        checksum_ = meter_->result();
    else if (checksum_)
        compare_checksum();
}

}  // namespace cumulet::objectstore::s3

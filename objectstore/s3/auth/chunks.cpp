#include "objectstore/s3/auth/chunks.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/runtime/text.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kMaxLine = 2048;
constexpr std::size_t kMaxTrailers = 16;
constexpr std::uint64_t kMaxChunk = 5ull << 30;

S3Error broken() { return S3Error("InvalidRequest", "The chunks of the body are malformed."); }

}  // namespace

ChunkReader::ChunkReader(const Claim& claim, std::string signing_key)
    : payload_(claim.payload),
      key_(std::move(signing_key)),
      prefix_(claim.date + "\n" + claim.scope() + "\n"),
      previous_(claim.signature) {}

ChunkReader::Step ChunkReader::decode(std::string_view input, std::span<char> output) {
    Step step;
    while (step.consumed < input.size() && state_ != State::done) {
        if (state_ == State::data) {
            const auto count = static_cast<std::size_t>(
                std::min<std::uint64_t>({left_, input.size() - step.consumed, output.size() - step.produced}));
            if (count == 0) return step;  // the output is full
            const auto piece = input.substr(step.consumed, count);
            std::memcpy(output.data() + step.produced, piece.data(), count);
            if (signs()) digest_.add(piece);
            step.consumed += count;
            step.produced += count;
            length_ += count;
            left_ -= count;
            if (left_ == 0) state_ = State::data_end;
            continue;
        }
        const char c = input[step.consumed++];
        line_ += c;
        if (c != '\n') {
            if (line_.size() > kMaxLine) throw broken();
            continue;
        }
        if (line_.size() < 2 || line_[line_.size() - 2] != '\r') throw broken();
        line_.resize(line_.size() - 2);
        switch (state_) {
            case State::head:
                take_head();
                break;
            case State::data_end:
                if (!line_.empty()) throw broken();
                end_chunk();
                break;
            case State::trailer:
                take_trailer_line();
                break;
            case State::data:
            case State::done:
                break;
        }
        line_.clear();
    }
    return step;
}

// "1f4;chunk-signature=…" or "1f4".
void ChunkReader::take_head() {
    const std::string_view line = line_;
    const auto semicolon = line.find(';');
    const auto size = line.substr(0, semicolon);
    const auto read = std::from_chars(size.data(), size.data() + size.size(), left_, 16);
    if (size.empty() || read.ec != std::errc{} || read.ptr != size.data() + size.size() || left_ > kMaxChunk)
        throw broken();
    chunk_signature_.clear();
    if (semicolon != std::string_view::npos) {
        constexpr std::string_view kName = "chunk-signature=";
        const auto rest = line.substr(semicolon + 1);
        if (!rest.starts_with(kName)) throw broken();
        chunk_signature_ = rest.substr(kName.size());
    }
    if (signs() && chunk_signature_.empty()) throw broken();
    last_ = left_ == 0;
    if (!last_) {
        state_ = State::data;
        return;
    }
    if (payload_ == Payload::chunks) {
        state_ = State::data_end;  // an empty line ends the body
        return;
    }
    end_chunk();
    state_ = State::trailer;
}

void ChunkReader::end_chunk() {
    state_ = last_ ? State::done : State::head;
    if (!signs()) return;
    static const std::string empty = text::to_hex(digest_of(Hash::sha256, ""));
    const auto text =
        "AWS4-HMAC-SHA256-PAYLOAD\n" + prefix_ + previous_ + "\n" + empty + "\n" + text::to_hex(digest_.take());
    const auto wanted = text::to_hex(hmac(Hash::sha256, key_, text));
    if (!text::equal_in_constant_time(wanted, chunk_signature_)) throw S3Error("SignatureDoesNotMatch");
    previous_ = wanted;
}

void ChunkReader::take_trailer_line() {
    if (line_.empty()) {
        check_trailer();
        state_ = State::done;
        return;
    }
    const auto colon = line_.find(':');
    if (colon == std::string::npos || colon == 0) throw broken();
    const auto name = text::to_lower(text::trim(std::string_view(line_).substr(0, colon)));
    const std::string value(text::trim(std::string_view(line_).substr(colon + 1)));
    if (name == "x-amz-trailer-signature") {
        trailer_signature_ = value;
        return;
    }
    if (trailers_.size() >= kMaxTrailers || !trailers_.emplace(name, value).second) throw broken();
    trailer_text_ += name + ":" + value + "\n";
}

void ChunkReader::check_trailer() {
    if (payload_ != Payload::chunks_trailer) return;
    const auto text = "AWS4-HMAC-SHA256-TRAILER\n" + prefix_ + previous_ + "\n" +
                      text::to_hex(digest_of(Hash::sha256, trailer_text_));
    if (!text::equal_in_constant_time(text::to_hex(hmac(Hash::sha256, key_, text)), trailer_signature_))
        throw S3Error("SignatureDoesNotMatch");
}

}  // namespace cumulet::objectstore::s3

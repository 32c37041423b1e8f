// AWS's own chunked coding (STREAMING-…): data in chunks that may each be signed, and headers behind them. Free of I/O;
// strict, because what is not exactly the grammar could be read in two ways.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/auth/signature.hpp"

namespace cumulet::objectstore::s3 {

class ChunkReader {
public:
    // `signing_key` is not read for unsigned chunks.
    ChunkReader(const Claim& claim, std::string signing_key);

    struct Step {
        std::size_t consumed = 0;  // of the input
        std::size_t produced = 0;  // into the output
    };
    // Goes on as far as input and output allow. Throws S3Error: SignatureDoesNotMatch for a chunk or trailer whose
    // signature is wrong, InvalidRequest for broken framing. Data is to be believed once done() is true.
    Step decode(std::string_view input, std::span<char> output);
    bool done() const { return state_ == State::done; }
    std::uint64_t length() const { return length_; }  // of the data so far
    // Headers behind the data, names in lower case, without the signature.
    const std::map<std::string, std::string>& trailers() const { return trailers_; }

private:
    enum class State { head, data, data_end, trailer, done };
    void take_head();
    void end_chunk();
    void take_trailer_line();
    void check_trailer();
    bool signs() const { return payload_ != Payload::unsigned_trailer; }

    const Payload payload_;
    const std::string key_, prefix_;  // "date\nscope\n"
    std::string previous_;            // signature
    State state_ = State::head;
    std::string line_;
    std::uint64_t left_ = 0, length_ = 0;
    std::string chunk_signature_;
    Digest digest_{Hash::sha256};
    bool last_ = false;
    std::map<std::string, std::string> trailers_;
    std::string trailer_text_, trailer_signature_;
};

}  // namespace cumulet::objectstore::s3

// The body of a message as it comes over a stream, whatever its framing. Internal to common/http.
#pragma once

#include "common/http/chunked.hpp"
#include "common/http/head.hpp"
#include "common/http/input_buffer.hpp"
#include "common/http/stream.hpp"

namespace cumulet::http {

class IncomingBody {
public:
    IncomingBody(Stream& stream, InputBuffer& input, const HeadInfo& info, std::chrono::milliseconds timeout);

    // As BodyReader::read: throws BodyError, after which the connection is of no further use.
    Task<std::size_t> read(std::span<char> buffer);
    bool done() const { return done_; }
    bool failed() const { return failed_; }
    // What is known to be still to come; nullopt when the framing does not tell.
    std::optional<std::uint64_t> left() const;

private:
    Task<std::size_t> read_plain(std::span<char> buffer);
    Task<std::size_t> read_chunked(std::span<char> buffer);
    Task<std::size_t> receive(std::span<char> buffer);
    [[noreturn]] void fail(int status, const std::string& what);

    Stream& stream_;
    InputBuffer& input_;
    const Framing framing_;
    const std::chrono::milliseconds timeout_;
    std::uint64_t left_;
    ChunkedDecoder chunked_;
    bool done_;
    bool failed_ = false;
};

}  // namespace cumulet::http

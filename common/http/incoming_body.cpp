#include "common/http/incoming_body.hpp"

#include <boost/asio/error.hpp>
#include <limits>

#include "common/http/body.hpp"

namespace cumulet::http {

IncomingBody::IncomingBody(Stream& stream, InputBuffer& input, const HeadInfo& info, std::chrono::milliseconds timeout)
    : stream_(stream),
      input_(input),
      framing_(info.framing),
      timeout_(timeout),
      left_(info.framing == Framing::until_close ? std::numeric_limits<std::uint64_t>::max() : info.length),
      done_(info.framing == Framing::none) {}

std::optional<std::uint64_t> IncomingBody::left() const {
    if (done_) return 0;
    return framing_ == Framing::length ? std::optional(left_) : std::nullopt;
}

Task<std::size_t> IncomingBody::read(std::span<char> buffer) {
    if (failed_) throw BodyError(400, "the body is broken off");
    if (done_ || buffer.empty()) co_return 0;
    if (framing_ == Framing::chunked) co_return co_await read_chunked(buffer);
    co_return co_await read_plain(buffer);
}

Task<std::size_t> IncomingBody::read_plain(std::span<char> buffer) {
    buffer = buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_)));
    std::size_t count = 0;
    if (!input_.empty()) {
        count = std::min(buffer.size(), input_.bytes().size());
        std::memcpy(buffer.data(), input_.bytes().data(), count);
        input_.consume(count);
    } else {
        count = co_await receive(buffer);
        if (count == 0) {
            if (framing_ != Framing::until_close) fail(400, "the body is shorter than announced");
            done_ = true;
        }
    }
    if (framing_ == Framing::length) {
        left_ -= count;
        done_ = left_ == 0;
    }
    co_return count;
}

Task<std::size_t> IncomingBody::read_chunked(std::span<char> buffer) {
    constexpr std::size_t kLeast = 4 * 1024;
    constexpr std::size_t kMost = 64 * 1024;
    for (;;) {
        const auto step = chunked_.decode(input_.bytes(), buffer);
        input_.consume(step.consumed);
        if (chunked_.failed()) fail(400, "the chunked coding of the body is broken");
        done_ = chunked_.done();
        if (step.produced > 0 || done_) co_return step.produced;
        const auto room = input_.prepare(std::clamp(buffer.size(), kLeast, kMost));
        const auto count = co_await receive(room);
        if (count == 0) fail(400, "the body ends before its last chunk");
        input_.commit(count);
    }
}

// 0 at the end of the connection.
Task<std::size_t> IncomingBody::receive(std::span<char> buffer) {
    Error error;
    const auto count = co_await stream_.read_some(buffer, timeout_, error);
    if (count > 0) co_return count;
    if (error == boost::asio::error::eof) co_return 0;
    if (stream_.timed_out()) fail(408, "the body did not come in time");
    fail(400, "the connection broke while the body came");
}

void IncomingBody::fail(int status, const std::string& what) {
    failed_ = true;
    throw BodyError(status, what);
}

}  // namespace cumulet::http

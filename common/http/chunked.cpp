#include "common/http/chunked.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace cumulet::http {

namespace {

constexpr std::size_t kMaxLineBytes = 8 * 1024;  // all extensions and trailers of one body
constexpr std::uint64_t kMaxChunk = 1ull << 56;
constexpr std::size_t kMaxSizeDigits = 32;  // leading zeros included

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Bare line ends and controls hide line breaks from one reader and show them to another.
bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input, std::span<char> output) {
    Step step;
    while (step.consumed < input.size() && !done() && !failed()) {
        if (state_ != State::data) {
            state_ = next(input[step.consumed++]);
            continue;
        }
        const auto count = static_cast<std::size_t>(
            std::min<std::uint64_t>({left_, input.size() - step.consumed, output.size() - step.produced}));
        if (count == 0) break;
        std::memcpy(output.data() + step.produced, input.data() + step.consumed, count);
        step.consumed += count;
        step.produced += count;
        left_ -= count;
        if (left_ == 0) state_ = State::data_cr;
    }
    return step;
}

ChunkedDecoder::State ChunkedDecoder::next(char c) {
    // Only what is not the body itself counts: a body may have any number of chunks.
    const bool counts = state_ != State::size_first && state_ != State::size && state_ != State::data_cr &&
                        state_ != State::data_lf && c != '\r' && c != '\n';
    const bool text = is_text(c) && (!counts || ++line_bytes_ <= kMaxLineBytes);
    switch (state_) {
        case State::size_first:
            size_digits_ = 0;
            return hex_digit(c) < 0 ? State::failed : after_size(c);
        case State::size:
            return after_size(c);
        case State::size_blank:
            if (c == ';') return State::extension;
            return text && (c == ' ' || c == '\t') ? State::size_blank : State::failed;
        case State::extension:
            if (c == '\r') return State::size_lf;
            return text ? State::extension : State::failed;
        case State::size_lf:
            return c == '\n' ? size_line_ended() : State::failed;
        case State::data_cr:
            return c == '\r' ? State::data_lf : State::failed;
        case State::data_lf:
            return c == '\n' ? State::size_first : State::failed;
        case State::trailer_start:
            if (c == '\r') return State::last_lf;
            return text && c != ' ' && c != '\t' && c != ':' ? State::trailer : State::failed;
        case State::trailer:
            if (c == '\r') return State::trailer_lf;
            return text ? State::trailer : State::failed;
        case State::trailer_lf:
            return c == '\n' ? State::trailer_start : State::failed;
        case State::last_lf:
            return c == '\n' ? State::done : State::failed;
        case State::data:
        case State::done:
        case State::failed:
            break;
    }
    return State::failed;
}

ChunkedDecoder::State ChunkedDecoder::after_size(char c) {
    if (const int digit = hex_digit(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return left_ > kMaxChunk || ++size_digits_ > kMaxSizeDigits ? State::failed : State::size;
    }
    if (c == '\r') return State::size_lf;
    if (c == ';') return State::extension;
    return c == ' ' || c == '\t' ? State::size_blank : State::failed;
}

ChunkedDecoder::State ChunkedDecoder::size_line_ended() { return left_ == 0 ? State::trailer_start : State::data; }

std::string chunk_header(std::size_t size) { return fmt::format("{:x}\r\n", size); }

}  // namespace cumulet::http

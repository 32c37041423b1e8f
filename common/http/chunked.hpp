// The chunked coding (RFC 9112, 7.1), both ways, free of I/O. Strict: what is not exactly the grammar is an error,
// because two readers that disagree about where a body ends are how requests are smuggled.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cumulet::http {

class ChunkedDecoder {
public:
    struct Step {
        std::size_t consumed = 0;  // of the input
        std::size_t produced = 0;  // into the output
    };
    // Goes on as far as input and output allow. Trailers are read and dropped. After failed() or done() nothing is
    // consumed.
    Step decode(std::string_view input, std::span<char> output);
    bool done() const { return state_ == State::done; }
    bool failed() const { return state_ == State::failed; }

private:
    enum class State {
        size_first,  // at least one digit must follow
        size,
        size_blank,  // blanks between the size and its extension
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer,
        trailer_lf,
        last_lf,
        done,
        failed
    };
    State next(char c);
    State after_size(char c);
    State size_line_ended();

    State state_ = State::size_first;
    std::uint64_t left_ = 0;      // of the current chunk
    std::size_t line_bytes_ = 0;  // extensions and trailers are bounded
    std::size_t size_digits_ = 0;
};

// "1f4\r\n", to be followed by that many bytes and "\r\n".
std::string chunk_header(std::size_t size);

}  // namespace cumulet::http

// Bodies as streams. Included only where bytes stream: it costs compile time (Asio's awaitable).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "common/http/message.hpp"

namespace cumulet::http {

template <class T>
using Task = boost::asio::awaitable<T>;

// A body that is longer than allowed, broken off, or too slow. `status` is what to answer (400, 408, 413).
class BodyError : public std::runtime_error {
public:
    BodyError(int status, const std::string& what) : std::runtime_error(what), status(status) {}
    int status;
};

class BodyReader {
public:
    virtual ~BodyReader() = default;
    // Fills as much of `buffer` as is there, at least one byte; 0 at the end of the body. Sends "100 Continue" before
    // the first read when the client waits for it. Throws BodyError.
    virtual Task<std::size_t> read(std::span<char> buffer) = 0;
    // The whole body; BodyError 413 past `limit` bytes.
    Task<std::string> read_all(std::size_t limit);
    // For who does not want the body but acts only on a request that came whole: reads and drops what the client sends
    // without being asked, up to `limit` bytes. Throws BodyError when it is broken.
    virtual Task<void> skip(std::size_t limit);
};

class BodySource {
public:
    virtual ~BodySource() = default;
    virtual std::optional<std::uint64_t> length() const = 0;  // nullopt: chunked
    // Fills the buffer; 0 at the end. Throwing breaks the connection off, so that the client sees a short body.
    virtual Task<std::size_t> read(std::span<char> buffer) = 0;
};

std::shared_ptr<BodyReader> make_memory_reader(std::string bytes);
std::shared_ptr<BodySource> make_memory_source(std::string bytes);

}  // namespace cumulet::http

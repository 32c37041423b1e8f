// Files onto sockets.
#include <sys/sendfile.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "common/http/stream.hpp"

namespace cumulet::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kSlice = 1 << 20;  // after so much other connections of the thread get their turn
constexpr std::size_t kCopyBytes = 64 * 1024;

Error from_errno() { return {errno, boost::system::system_category()}; }

}  // namespace

Task<Error> Stream::write_file(const FileBody& file, std::chrono::milliseconds timeout) {
    return tls_ ? copy_file(file, timeout) : send_file(file, timeout);
}

Task<Error> Stream::send_file(const FileBody& file, std::chrono::milliseconds timeout) {
    auto offset = static_cast<off_t>(file.offset);
    auto left = file.length;
    Error error;
    while (left > 0) {
        const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, kSlice));
        const auto sent = ::sendfile(socket_.native_handle(), *file.file, &offset, want);
        if (sent > 0) {
            left -= static_cast<std::uint64_t>(sent);
            if (static_cast<std::size_t>(sent) == want && left > 0) co_await asio::post(asio::use_awaitable);
            continue;
        }
        if (sent == 0) co_return asio::error::eof;
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) co_return from_errno();
        begin(timeout);
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_write,
                                    asio::redirect_error(asio::use_awaitable, error));
        disarm();
        if (error) co_return error;
    }
    co_return Error{};
}

Task<Error> Stream::copy_file(const FileBody& file, std::chrono::milliseconds timeout) {
    std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(file.length, kCopyBytes)), '\0');
    auto offset = static_cast<off_t>(file.offset);
    auto left = file.length;
    while (left > 0) {
        const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
        const auto count = ::pread(*file.file, buffer.data(), want, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) co_return from_errno();
        if (count == 0) co_return asio::error::eof;
        if (const auto error = co_await write({buffer.data(), static_cast<std::size_t>(count)}, {}, timeout))
            co_return error;
        offset += count;
        left -= static_cast<std::uint64_t>(count);
    }
    co_return Error{};
}

}  // namespace cumulet::http

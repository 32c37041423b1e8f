#include "raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace cumulet::test {

RawSocket::RawSocket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{20, 0};  // a test that waits longer has failed
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect to the server under test");
}

RawSocket::~RawSocket() { ::close(fd_); }

bool RawSocket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool RawSocket::waits(std::chrono::milliseconds time) {
    pollfd poll_for{fd_, POLLIN, 0};
    return ::poll(&poll_for, 1, static_cast<int>(time.count())) == 0;
}

void RawSocket::end() { ::shutdown(fd_, SHUT_WR); }

bool RawSocket::fill() {
    char piece[16 * 1024];
    const auto count = ::recv(fd_, piece, sizeof piece, 0);
    if (count <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(count));
    return true;
}

std::string RawSocket::read_until(std::string_view marker) {
    std::size_t at;
    while ((at = buffer_.find(marker)) == std::string::npos)
        if (!fill()) return std::exchange(buffer_, {});
    auto text = buffer_.substr(0, at + marker.size());
    buffer_.erase(0, text.size());
    return text;
}

std::string RawSocket::read_answer(bool to_head) {
    auto answer = read_until("\r\n\r\n");
    if (to_head) return answer;
    if (answer.find("Transfer-Encoding: chunked\r\n") != std::string::npos) return answer + read_until("0\r\n\r\n");
    const auto field = answer.find("Content-Length: ");
    if (field == std::string::npos) return answer;
    const auto length = std::strtoull(answer.c_str() + field + 16, nullptr, 10);
    while (buffer_.size() < length)
        if (!fill()) break;
    answer += buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
}

std::string RawSocket::read_bytes(std::size_t count) {
    while (buffer_.size() < count && fill()) {
    }
    auto bytes = buffer_.substr(0, count);
    buffer_.erase(0, bytes.size());
    return bytes;
}

std::string RawSocket::read_to_end() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
}

bool RawSocket::closed() {
    char byte;
    return buffer_.empty() && ::recv(fd_, &byte, 1, MSG_PEEK) == 0;
}

}  // namespace cumulet::test

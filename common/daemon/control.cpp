#include "common/daemon/control.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "common/runtime/log.hpp"

namespace cumulet::daemon {
namespace {

constexpr std::size_t kMaxLineBytes = 64 * 1024;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

// Runs `use` with the address of `path`, reached through its folder's descriptor so that long paths fit.
template <class Use>
int with_address(const std::filesystem::path& path, Use&& use) {
    const Descriptor folder(open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) fail(path.parent_path().string());
    const std::string name = fmt::format("/proc/self/fd/{}/{}", folder.get(), path.filename().string());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    name.copy(address.sun_path, name.size());
    return use(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(sizeof address));
}

void send_line(int connection, const nlohmann::json& message) {
    const std::string text = message.dump() + "\n";
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t sent = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) fail("send");
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string receive_line(int connection) {
    std::string line;
    char buffer[4096];
    while (line.size() < kMaxLineBytes) {
        const ssize_t got = recv(connection, buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("receive");
        if (got == 0) break;
        line.append(buffer, static_cast<std::size_t>(got));
        if (line.back() == '\n') return line;
    }
    throw std::runtime_error("no whole line came");
}

bool may_command(int connection) {
    ucred who{};
    socklen_t size = sizeof who;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
    return who.uid == 0 || who.uid == geteuid();
}

}  // namespace

ControlSocket::ControlSocket(const std::string& path, ControlHandler handler)
    : path_(path), handler_(std::move(handler)) {
    Descriptor made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (made.get() < 0) fail("control socket");
    unlink(path.c_str());
    const int bound = with_address(path, [&](const sockaddr* a, socklen_t size) { return bind(made.get(), a, size); });
    if (bound != 0 || listen(made.get(), 8) != 0) fail("control socket " + path);
    listener_ = made.release();
}

ControlSocket::~ControlSocket() {
    close(listener_);
    unlink(path_.c_str());
}

void ControlSocket::serve_one() {
    const Descriptor connection(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.get() < 0 || !may_command(connection.get())) return;
    const timeval patience{1, 0};
    setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    try {
        nlohmann::json answer;
        try {
            answer = handler_(nlohmann::json::parse(receive_line(connection.get())));
        } catch (const std::exception& failure) {
            answer = {{"error", failure.what()}};
        }
        send_line(connection.get(), answer);
    } catch (const std::exception& failure) {
        log::warning("control socket: {}", failure.what());
    }
}

nlohmann::json ask_daemon(const std::string& path, const nlohmann::json& request) {
    const Descriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connection.get() < 0) fail("socket");
    if (with_address(path, [&](const sockaddr* a, socklen_t size) { return connect(connection.get(), a, size); }) != 0)
        fail(path);
    send_line(connection.get(), request);
    auto answer = nlohmann::json::parse(receive_line(connection.get()));
    if (answer.contains("error")) throw std::runtime_error(answer["error"].get<std::string>());
    return answer;
}

}  // namespace cumulet::daemon

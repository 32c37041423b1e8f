#include "common/daemon/ready.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace cumulet::daemon {

void notify_systemd(std::string_view message) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path, length);
    // '@' stands for the zero byte of an abstract socket.
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const int channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (channel < 0) return;
    sendto(channel, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
    close(channel);
}

void write_ready_file(const std::string& file, std::string_view name,
                      const std::map<std::string, std::uint16_t>& ports) {
    const std::string fresh = file + ".new";
    {
        std::ofstream out(fresh, std::ios::trunc);
        out << nlohmann::json{{"name", name}, {"pid", getpid()}, {"ports", ports}}.dump() << "\n";
        if (!out.flush()) throw std::runtime_error("ready file " + fresh + ": " + std::strerror(errno));
    }
    std::error_code error;
    std::filesystem::rename(fresh, file, error);
    if (error) throw std::runtime_error("ready file " + file + ": " + error.message());
}

}  // namespace cumulet::daemon

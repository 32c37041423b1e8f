// A Unix socket through which the operator's command speaks with a daemon on the same machine: one line of JSON asked,
// one answered. Only root and the daemon's own user are listened to.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cumulet::daemon {

// Answers a request; what it throws is answered as {"error": …}.
using ControlHandler = std::function<nlohmann::json(const nlohmann::json& request)>;

// One thread: the one that polls descriptor() and calls serve_one().
class ControlSocket {
public:
    // Listens on `path`, replacing what a killed daemon left there. Paths may be longer than the kernel's 107 bytes for
    // socket names. Throws std::system_error.
    ControlSocket(const std::string& path, ControlHandler handler);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

    int descriptor() const { return listener_; }
    // Takes one connection that waits and answers it; a caller that does not send its line within a second is dropped.
    void serve_one();

private:
    const std::string path_;
    const ControlHandler handler_;
    int listener_ = -1;
};

// The other end: sends one request and waits for the answer. Throws std::runtime_error with what went wrong, be it the
// way or the daemon's own complaint.
nlohmann::json ask_daemon(const std::string& path, const nlohmann::json& request);

}  // namespace cumulet::daemon

// Telling the supervisor how we are: systemd through NOTIFY_SOCKET, `cumulet up` through a file named by
// CUMULET_READY_FILE.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cumulet::daemon {

// Sends one sd_notify message ("READY=1"); nothing happens without NOTIFY_SOCKET.
void notify_systemd(std::string_view message);

// Writes {"name", "pid", "ports": {name: port}} in one rename, so that a reader sees all of it or nothing. Throws
// std::runtime_error when the file cannot be written.
void write_ready_file(const std::string& file, std::string_view name,
                      const std::map<std::string, std::uint16_t>& ports);

}  // namespace cumulet::daemon

// WebSockets (RFC 6455) that carry bytes between a browser and a stream on our side: consoles.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "common/http/body.hpp"
#include "common/http/message.hpp"

namespace cumulet::http {

struct RelayTarget {
    std::string host;  // an address
    std::uint16_t port = 0;
    std::string unix_path;  // instead of host and port
};

struct WebSocketOptions {
    std::string protocol = "binary";                      // chosen when the client offers it
    std::size_t max_message_bytes = 1 << 20;              // a longer one ends the connection
    std::chrono::milliseconds connect_timeout_ms{5'000};  // to the target
    std::chrono::milliseconds idle_timeout_ms{60'000};    // a client that does not even answer pings is gone
};

// Whether the request asks for a WebSocket (whatever its version).
bool wants_websocket(const Request& request);

// For handlers of a server: connects to the target and returns the answer that makes a WebSocket of the connection.
// Bytes of each message go to the target, what comes from there goes out in binary messages; each side waits for the
// other, so that nothing piles up. When one side ends, the other is ended too; a stop of the server ends both.
// 400 or 426 when the request does not ask for a WebSocket as RFC 6455 says, 502 when the target cannot be reached. Who
// may connect, and from pages of which origin, is for the caller to decide before.
Task<Response> relay_websocket(const Request& request, RelayTarget target, WebSocketOptions options = {});

}  // namespace cumulet::http

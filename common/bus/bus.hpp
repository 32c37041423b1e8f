// Hints between processes: "look at this sooner than your next poll". Losing, doubling or reordering them is harmless,
// because the store is the truth; with the bus down everything still works at the pace of the fall-back polls.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cumulet::bus {

// Destroying it ends the subscription; afterwards the callback does not run any more.
class Subscription {
public:
    virtual ~Subscription() = default;
};

using OnHint = std::function<void(std::string_view subject, std::string_view payload)>;

class Bus {
public:
    virtual ~Bus() = default;
    // Never blocks, never throws; dropped when the bus is away. Any thread. Subjects are dot-separated words
    // ("compute.host.<name>", "identity.revoked"); payload at most 64 KiB.
    virtual void publish(std::string_view subject, std::string_view payload) = 0;
    // `*` matches one word, a trailing `>` the rest. The callback runs on a thread of the bus: return quickly.
    // `on_reconnect` (optional) runs after a time during which hints may have been lost: poll once.
    virtual std::unique_ptr<Subscription> subscribe(std::string_view pattern, OnHint on_hint,
                                                    std::function<void()> on_reconnect = {}) = 0;
};

// Delivers within this process, on the publisher's thread. Tests and simulations.
std::unique_ptr<Bus> make_in_process();

struct NatsOptions {
    std::string url;                           // "nats://127.0.0.1:4222", several separated by commas
    std::string user, password;                // empty: none
    std::string token;                         // instead of user and password; empty: none
    std::string ca_file, cert_file, key_file;  // empty: no TLS
    std::string tls_name;                      // that the server's certificate must bear; empty: any the CA signed
    std::chrono::milliseconds retry_refused_ms{15'000};  // pause after a server refused the credentials
};
// Connects in the background and reconnects for ever, ever more patiently (0.1 s to 5 s); usable at once. Throws
// std::runtime_error when a certificate file is missing or wrong.
std::unique_ptr<Bus> make_nats(const NatsOptions& options);

}  // namespace cumulet::bus

#include <nats/nats.h>

#include <algorithm>
#include <future>
#include <stdexcept>

#include "common/bus/slot.hpp"
#include "common/bus/subject.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::bus {
namespace {

constexpr std::int64_t kConnectTimeout_ms = 1'000;
constexpr std::int64_t kReconnectWait_ms = 100;
constexpr std::int64_t kWriteDeadline_ms = 250;
constexpr std::int64_t kPingInterval_ms = 5'000;

void require(natsStatus status, std::string_view what) {
    if (status != NATS_OK) throw std::runtime_error(fmt::format("bus: {}: {}", what, natsStatus_GetText(status)));
}

// The connection and who listens on it. Callbacks of libnats hold a plain pointer: close() waits until the last one
// returned.
class Connection {
public:
    explicit Connection(const NatsOptions& options) : url_(options.url) {
        natsOptions* made = nullptr;
        require(natsOptions_Create(&made), "options");
        const std::unique_ptr<natsOptions, decltype(&natsOptions_Destroy)> owner(made, natsOptions_Destroy);
        fill(made, options);
        const natsStatus status = natsConnection_Connect(&connection_, made);
        if (status == NATS_NOT_YET_CONNECTED)
            log::warning("bus: {} does not answer yet; hints are dropped until it does", url_);
        else
            require(status, "connect to " + url_);
    }
    ~Connection() {
        natsConnection_Close(connection_);
        closed_.get_future().wait();
        natsConnection_Destroy(connection_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    natsConnection* get() const { return connection_; }
    bool is_up() const { return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED; }

    void add(const std::shared_ptr<Slot>& slot) {
        const std::lock_guard lock(mutex_);
        std::erase_if(slots_, [](const auto& weak) { return weak.expired(); });
        slots_.push_back(slot);
    }

private:
    void fill(natsOptions* made, const NatsOptions& options) {
        std::vector<std::string> urls;
        for (std::size_t start = 0; start <= options.url.size();) {
            const auto comma = std::min(options.url.find(',', start), options.url.size());
            urls.push_back(options.url.substr(start, comma - start));
            start = comma + 1;
        }
        std::vector<const char*> pointers;
        for (const auto& url : urls) pointers.push_back(url.c_str());
        require(natsOptions_SetServers(made, pointers.data(), static_cast<int>(pointers.size())), "url " + options.url);
        if (!options.user.empty())
            require(natsOptions_SetUserInfo(made, options.user.c_str(), options.password.c_str()), "user");
        if (!options.ca_file.empty()) {
            require(natsOptions_SetSecure(made, true), "TLS");
            require(natsOptions_LoadCATrustedCertificates(made, options.ca_file.c_str()), "CA " + options.ca_file);
        }
        if (!options.cert_file.empty())
            require(natsOptions_LoadCertificatesChain(made, options.cert_file.c_str(), options.key_file.c_str()),
                    "certificate " + options.cert_file);
        require(natsOptions_SetTimeout(made, kConnectTimeout_ms), "timeout");
        require(natsOptions_SetSendAsap(made, true), "send at once");
        require(natsOptions_SetWriteDeadline(made, kWriteDeadline_ms), "write deadline");
        require(natsOptions_SetMaxReconnect(made, -1), "reconnect");
        require(natsOptions_SetReconnectWait(made, kReconnectWait_ms), "reconnect wait");
        require(natsOptions_SetPingInterval(made, kPingInterval_ms), "ping");
        require(natsOptions_SetMaxPingsOut(made, 2), "ping");
        // One delivery thread for all subscriptions of the process instead of one each.
        require(natsOptions_UseGlobalMessageDelivery(made, true), "delivery");
        require(natsOptions_SetRetryOnFailedConnect(made, true, on_connected, this), "retry");
        require(natsOptions_SetReconnectedCB(made, on_connected, this), "callback");
        require(natsOptions_SetDisconnectedCB(made, on_disconnected, this), "callback");
        require(natsOptions_SetClosedCB(made, on_closed, this), "callback");
        require(natsOptions_SetErrorHandler(made, on_error, this), "callback");
    }

    static void on_connected(natsConnection*, void* self) {
        auto* connection = static_cast<Connection*>(self);
        log::info("bus: connected to {}", connection->url_);
        std::vector<std::shared_ptr<Slot>> slots;
        {
            const std::lock_guard lock(connection->mutex_);
            for (const auto& weak : connection->slots_)
                if (auto slot = weak.lock()) slots.push_back(std::move(slot));
        }
        for (const auto& slot : slots) slot->reconnected();
    }
    static void on_disconnected(natsConnection*, void* self) {
        log::warning("bus: lost {}; trying again", static_cast<Connection*>(self)->url_);
    }
    static void on_closed(natsConnection* closed, void* self) {
        const char* why = nullptr;
        // The library gives up by itself only when a server refuses our credentials twice.
        if (natsConnection_GetLastError(closed, &why) == NATS_CONNECTION_AUTH_FAILED)
            log::error("bus: {} refuses our credentials; hints are off until a restart",
                       static_cast<Connection*>(self)->url_);
        static_cast<Connection*>(self)->closed_.set_value();
    }
    static void on_error(natsConnection*, natsSubscription*, natsStatus status, void* self) {
        log::warning("bus: {}: {}", static_cast<Connection*>(self)->url_, natsStatus_GetText(status));
    }

    const std::string url_;
    natsConnection* connection_ = nullptr;
    std::promise<void> closed_;
    std::mutex mutex_;
    std::vector<std::weak_ptr<Slot>> slots_;
};

class NatsSubscription final : public Subscription {
public:
    NatsSubscription(std::shared_ptr<Connection> connection, const std::string& pattern, std::shared_ptr<Slot> slot)
        : connection_(std::move(connection)), slot_(std::move(slot)) {
        // Freed by the library's last call (on_complete), which may come after this object is gone.
        auto* held = new std::shared_ptr<Slot>(slot_);
        const natsStatus status =
            natsConnection_Subscribe(&subscription_, connection_->get(), pattern.c_str(), on_message, held);
        if (status != NATS_OK) {
            delete held;
            require(status, "subscribe to " + pattern);
        }
        natsSubscription_SetOnCompleteCB(subscription_, on_complete, held);
        connection_->add(slot_);
        // Without the round trip a hint published right after by somebody else could be missed.
        if (connection_->is_up()) natsConnection_FlushTimeout(connection_->get(), kConnectTimeout_ms);
    }
    ~NatsSubscription() override {
        slot_->close();
        natsSubscription_Destroy(subscription_);
    }

private:
    static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* held) {
        const int length = natsMsg_GetDataLength(message);
        (*static_cast<std::shared_ptr<Slot>*>(held))
            ->hint(natsMsg_GetSubject(message), {natsMsg_GetData(message), static_cast<std::size_t>(length)});
        natsMsg_Destroy(message);
    }
    static void on_complete(void* held) { delete static_cast<std::shared_ptr<Slot>*>(held); }

    std::shared_ptr<Connection> connection_;
    std::shared_ptr<Slot> slot_;
    natsSubscription* subscription_ = nullptr;
};

class NatsBus final : public Bus {
public:
    explicit NatsBus(const NatsOptions& options) : connection_(std::make_shared<Connection>(options)) {}

    void publish(std::string_view subject, std::string_view payload) override {
        if (!is_subject(subject) || payload.size() > kMaxPayloadBytes) {
            log::error("bus: hint on '{}' of {} bytes is refused", subject, payload.size());
            return;
        }
        // Old hints are worthless: nothing is kept for the time after a reconnect.
        if (!connection_->is_up()) return;
        natsConnection_Publish(connection_->get(), std::string(subject).c_str(), payload.data(),
                               static_cast<int>(payload.size()));
    }

    std::unique_ptr<Subscription> subscribe(std::string_view pattern, OnHint on_hint,
                                            std::function<void()> on_reconnect) override {
        if (!is_pattern(pattern)) throw std::invalid_argument("bus: bad pattern '" + std::string(pattern) + "'");
        return std::make_unique<NatsSubscription>(connection_, std::string(pattern),
                                                  std::make_shared<Slot>(std::move(on_hint), std::move(on_reconnect)));
    }

private:
    std::shared_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<Bus> make_nats(const NatsOptions& options) { return std::make_unique<NatsBus>(options); }

}  // namespace cumulet::bus

#include <nats/nats.h>

#include <algorithm>
#include <future>
#include <random>
#include <stdexcept>

#include "common/bus/slot.hpp"
#include "common/bus/subject.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/periodic.hpp"

namespace cumulet::bus {
namespace {

constexpr std::int64_t kConnectTimeout_ms = 1'000;
constexpr std::int64_t kFirstWait_ms = 100, kLongestWait_ms = 5'000;
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
    bool is_closed() const { return natsConnection_IsClosed(connection_); }
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
        if (!options.token.empty()) require(natsOptions_SetToken(made, options.token.c_str()), "token");
        if (!options.ca_file.empty()) {
            require(natsOptions_SetSecure(made, true), "TLS");
            require(natsOptions_LoadCATrustedCertificates(made, options.ca_file.c_str()), "CA " + options.ca_file);
            if (!options.tls_name.empty())
                require(natsOptions_SetExpectedHostname(made, options.tls_name.c_str()), "TLS name");
        }
        if (!options.cert_file.empty())
            require(natsOptions_LoadCertificatesChain(made, options.cert_file.c_str(), options.key_file.c_str()),
                    "certificate " + options.cert_file);
        require(natsOptions_SetTimeout(made, kConnectTimeout_ms), "timeout");
        require(natsOptions_SetSendAsap(made, true), "send at once");
        require(natsOptions_SetWriteDeadline(made, kWriteDeadline_ms), "write deadline");
        require(natsOptions_SetMaxReconnect(made, -1), "reconnect");
        require(natsOptions_SetCustomReconnectDelay(made, wait_before, nullptr), "reconnect wait");
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
    // Half of it by chance, so that those who lost the server at the same moment do not come back at the same moment.
    static std::int64_t wait_before(natsConnection*, int attempt, void*) {
        const auto wait = std::min(kLongestWait_ms, kFirstWait_ms << std::clamp(attempt - 1, 0, 10));
        thread_local std::minstd_rand chance{std::random_device{}()};
        return std::uniform_int_distribution<std::int64_t>(wait / 2, wait)(chance);
    }
    static void on_disconnected(natsConnection*, void* self) {
        log::warning("bus: lost {}; trying again", static_cast<Connection*>(self)->url_);
    }
    static void on_closed(natsConnection* closed, void* self) {
        const char* why = nullptr;
        // The library gives up by itself only when a server refuses our credentials twice.
        if (natsConnection_GetLastError(closed, &why) == NATS_CONNECTION_AUTH_FAILED)
            log::error("bus: {} refuses our credentials; hints are off until it takes them",
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

// One subscriber, for as long as it lives, over the connections that come and go.
class Listener {
public:
    Listener(std::string pattern, std::shared_ptr<Slot> slot) : pattern_(std::move(pattern)), slot_(std::move(slot)) {}
    ~Listener() {
        close();
        natsSubscription_Destroy(subscription_);
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // The subscriber hears nothing any more.
    void close() { slot_->close(); }
    void reconnected() { slot_->reconnected(); }

    // Calls come one at a time. A closed connection is not an error: another one will follow.
    void listen_on(Connection& connection) {
        natsSubscription_Destroy(std::exchange(subscription_, nullptr));
        // Freed by the library's last call (on_complete), which may come after this object is gone.
        auto* held = new std::shared_ptr<Slot>(slot_);
        const natsStatus status =
            natsConnection_Subscribe(&subscription_, connection.get(), pattern_.c_str(), on_message, held);
        if (status != NATS_OK) {
            delete held;
            if (status == NATS_CONNECTION_CLOSED) return;
            require(status, "subscribe to " + pattern_);
        }
        natsSubscription_SetOnCompleteCB(subscription_, on_complete, held);
        connection.add(slot_);
    }

private:
    static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* held) {
        const int length = natsMsg_GetDataLength(message);
        (*static_cast<std::shared_ptr<Slot>*>(held))
            ->hint(natsMsg_GetSubject(message), {natsMsg_GetData(message), static_cast<std::size_t>(length)});
        natsMsg_Destroy(message);
    }
    static void on_complete(void* held) { delete static_cast<std::shared_ptr<Slot>*>(held); }

    const std::string pattern_;
    const std::shared_ptr<Slot> slot_;
    natsSubscription* subscription_ = nullptr;
};

// The connection that is in use and who listens. The library gives a connection up when its credentials are refused;
// they may be right again later, so a new one is made then.
class Link {
public:
    explicit Link(const NatsOptions& options) : options_(options), connection_(std::make_shared<Connection>(options)) {}

    std::shared_ptr<Connection> connection() const {
        const std::lock_guard lock(mutex_);
        return connection_;
    }

    std::shared_ptr<Listener> add(std::string_view pattern, std::shared_ptr<Slot> slot) {
        auto listener = std::make_shared<Listener>(std::string(pattern), std::move(slot));
        std::shared_ptr<Connection> connection;
        {
            const std::lock_guard lock(mutex_);
            connection = connection_;
            listener->listen_on(*connection);
            std::erase_if(listeners_, [](const auto& weak) { return weak.expired(); });
            listeners_.push_back(listener);
        }
        // Without the round trip a hint published right after by somebody else could be missed.
        if (connection->is_up()) natsConnection_FlushTimeout(connection->get(), kConnectTimeout_ms);
        return listener;
    }

    void replace_closed() {
        if (!connection()->is_closed()) return;
        auto fresh = std::make_shared<Connection>(options_);
        std::vector<std::shared_ptr<Listener>> living;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& weak : listeners_)
                if (auto listener = weak.lock()) living.push_back(std::move(listener));
            for (const auto& listener : living) listener->listen_on(*fresh);
            connection_.swap(fresh);
        }
        // One that is up already had nobody to tell so when it came up.
        if (connection()->is_up())
            for (const auto& listener : living) listener->reconnected();
    }

private:
    const NatsOptions options_;
    mutable std::mutex mutex_;
    std::shared_ptr<Connection> connection_;
    std::vector<std::weak_ptr<Listener>> listeners_;
};

class NatsSubscription final : public Subscription {
public:
    NatsSubscription(std::shared_ptr<Link> link, std::shared_ptr<Listener> listener)
        : link_(std::move(link)), listener_(std::move(listener)) {}
    ~NatsSubscription() override { listener_->close(); }

private:
    std::shared_ptr<Link> link_;
    std::shared_ptr<Listener> listener_;
};

class NatsBus final : public Bus {
public:
    explicit NatsBus(const NatsOptions& options)
        : link_(std::make_shared<Link>(options)),
          renewal_("bus", options.retry_refused_ms, [link = link_] { link->replace_closed(); }) {}

    void publish(std::string_view subject, std::string_view payload) override {
        if (!is_subject(subject) || payload.size() > kMaxPayloadBytes) {
            log::error("bus: hint on '{}' of {} bytes is refused", subject, payload.size());
            return;
        }
        // Old hints are worthless: nothing is kept for the time after a reconnect.
        const auto connection = link_->connection();
        if (!connection->is_up()) return;
        natsConnection_Publish(connection->get(), std::string(subject).c_str(), payload.data(),
                               static_cast<int>(payload.size()));
    }

    std::unique_ptr<Subscription> subscribe(std::string_view pattern, OnHint on_hint,
                                            std::function<void()> on_reconnect) override {
        if (!is_pattern(pattern)) throw std::invalid_argument("bus: bad pattern '" + std::string(pattern) + "'");
        auto slot = std::make_shared<Slot>(std::move(on_hint), std::move(on_reconnect));
        return std::make_unique<NatsSubscription>(link_, link_->add(pattern, std::move(slot)));
    }

private:
    std::shared_ptr<Link> link_;
    runtime::Periodic renewal_;
};

}  // namespace

std::unique_ptr<Bus> make_nats(const NatsOptions& options) { return std::make_unique<NatsBus>(options); }

}  // namespace cumulet::bus

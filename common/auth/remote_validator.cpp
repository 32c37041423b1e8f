#include <map>
#include <mutex>

#include "common/auth/identity_protocol.hpp"
#include "common/auth/service_session.hpp"
#include "common/bus/bus.hpp"
#include "common/http/io.hpp"
#include "common/runtime/log.hpp"

namespace cumulet::auth {

namespace {

using Done = std::function<void(Validation)>;

// How far clocks may be apart between us and the identity service when asking for events since our last look.
constexpr auto kClockSkew = std::chrono::seconds(60);

// Answers and callbacks may come after the validator is gone, so its state is shared with them.
class Core : public std::enable_shared_from_this<Core> {
public:
    Core(http::Client& client, http::Io& io, const Clock& clock, RemoteOptions options)
        : client_(client),
          io_(io),
          clock_(clock),
          options_(std::move(options)),
          session_(std::make_shared<ServiceSession>(client, clock, options_)),
          cache_(options_.cache_entries),
          last_poll_(clock.now()) {}

    const RemoteOptions& options() const { return options_; }

    void validate(const std::string& token, Done done) {
        if (!is_sendable(token)) return done({});
        const std::string key = TokenCache::key_of(token);
        std::optional<Validation> known;
        bool first = false;
        {
            std::lock_guard lock(mutex_);
            known = cache_.find(key, clock_.now());
            if (!known) {
                auto& flight = flights_[key];
                first = flight.waiting.empty();
                if (first) flight.epoch = epoch_;
                flight.waiting.push_back(std::move(done));
            }
        }
        if (known) return done(std::move(*known));
        if (first) ask(key, token, true);
    }

    void on_hint(std::string_view payload) {
        const auto revocation = read_hint(payload);
        std::lock_guard lock(mutex_);
        ++epoch_;
        if (revocation)
            cache_.drop(*revocation);
        else
            cache_.clear();
    }

    // Asks for revocation events until close(), each time after a pause.
    void poll_later() {
        const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(options_.revocation_poll);
        io_.post_after(pause, [weak = weak_from_this()] {
            if (auto self = weak.lock()) self->poll([self] { self->poll_later(); });
        });
    }

    void poll(std::function<void()> then) {
        const Timestamp started = clock_.now();
        Timestamp since;
        bool needed = false;
        {
            std::lock_guard lock(mutex_);
            if (closed_) return;
            needed = cache_.size() > 0 || !flights_.empty();
            since = last_poll_ - kClockSkew;
            if (!needed) last_poll_ = started;  // nothing is believed, so nothing can have been taken back
        }
        if (!needed) return then();
        session_->with_token([self = shared_from_this(), since, started, then](const std::string& service_token) {
            if (service_token.empty()) return self->polled(started, false, then);
            self->client_.send(
                events_request(self->options_, service_token, since),
                [self, started, service_token, then](std::exception_ptr error, http::ClientResponse response) {
                    if (response.status == 401) self->session_->forget(service_token);
                    const bool worked = !error && response.status == 200 && self->take_events(response.body);
                    self->polled(started, worked, then);
                });
        });
    }

    void close() {
        session_->close();
        std::lock_guard lock(mutex_);
        closed_ = true;
    }

private:
    struct Flight {
        std::vector<Done> waiting;
        std::uint64_t epoch = 0;  // revocations seen when it began
    };

    void ask(const std::string& key, const std::string& token, bool may_log_in_again) {
        session_->with_token(
            [self = shared_from_this(), key, token, may_log_in_again](const std::string& service_token) {
                if (service_token.empty()) return self->land(key, {Verdict::unavailable, nullptr});
                self->client_.send(
                    validation_request(self->options_, service_token, token),
                    [self, key, token, service_token, may_log_in_again](std::exception_ptr error,
                                                                        http::ClientResponse response) {
                        if (!error &&
                            response.status == 401) {  // our own token was refused, nothing is said about the other
                            self->session_->forget(service_token);
                            if (may_log_in_again) return self->ask(key, token, false);
                        }
                        self->land(key, error ? Validation{Verdict::unavailable, nullptr} : self->read(response));
                    });
            });
    }

    Validation read(const http::ClientResponse& response) const {
        if (response.status == 404) return {};
        if (response.status != 200) {
            log::warning("the identity service answered {} to a validation", response.status);
            return {Verdict::unavailable, nullptr};
        }
        try {
            auto context = context_from_token(nlohmann::json::parse(response.body).at("token"));
            if (context.expires_at <= clock_.now()) return {};
            return {Verdict::valid, std::make_shared<const Context>(std::move(context))};
        } catch (const std::exception& error) {
            log::warning("the identity service answered a validation with something else: {}", error.what());
            return {Verdict::unavailable, nullptr};
        }
    }

    void land(const std::string& key, Validation answer) {
        std::vector<Done> waiting;
        {
            std::lock_guard lock(mutex_);
            auto flight = flights_.find(key);
            if (flight == flights_.end()) return;
            const Timestamp now = clock_.now();
            // A revocation that came meanwhile may concern this token: believe the answer once, do not keep it.
            const bool keep = flight->second.epoch == epoch_;
            if (keep && answer.verdict == Verdict::valid)
                cache_.put(key, answer, std::min(now + options_.cache_ttl, answer.context->expires_at));
            if (keep && answer.verdict == Verdict::invalid) cache_.put(key, answer, now + options_.negative_ttl);
            waiting = std::move(flight->second.waiting);
            flights_.erase(flight);
        }
        for (auto& done : waiting) done(answer);
    }

    bool take_events(const std::string& body) {
        try {
            const auto events = read_events(body);
            std::lock_guard lock(mutex_);
            for (const auto& event : events) cache_.drop(event);
            if (!events.empty()) ++epoch_;
            return true;
        } catch (const std::exception& error) {
            log::warning("revocation events cannot be read: {}", error.what());
            return false;
        }
    }

    void polled(Timestamp started, bool worked, const std::function<void()>& then) {
        {
            std::lock_guard lock(mutex_);
            if (worked) last_poll_ = started;
            if (!worked && !poll_failing_)
                log::warning(
                    "revocation events cannot be had: revoked tokens may be believed for up to {} s unless the bus "
                    "tells",
                    std::chrono::duration_cast<std::chrono::seconds>(options_.cache_ttl).count());
            poll_failing_ = !worked;
        }
        then();
    }

    http::Client& client_;
    http::Io& io_;
    const Clock& clock_;
    const RemoteOptions options_;
    const std::shared_ptr<ServiceSession> session_;

    std::mutex mutex_;
    TokenCache cache_;
    std::map<std::string, Flight> flights_;
    std::uint64_t epoch_ = 0;
    Timestamp last_poll_;
    bool poll_failing_ = false;
    bool closed_ = false;
};

class RemoteValidator final : public Validator {
public:
    RemoteValidator(http::Client& client, http::Io& io, bus::Bus* bus, const Clock& clock, RemoteOptions options)
        : core_(std::make_shared<Core>(client, io, clock, std::move(options))) {
        if (bus)
            subscription_ = bus->subscribe(
                "identity.revoked",
                [core = core_](std::string_view, std::string_view payload) { core->on_hint(payload); },
                [core = core_] { core->poll([] {}); });
        core_->poll_later();
    }
    ~RemoteValidator() override {
        subscription_.reset();
        core_->close();
    }
    void validate(const std::string& token, Done done) override { core_->validate(token, std::move(done)); }
    std::string authenticate_uri() const override {
        const auto& options = core_->options();
        return options.public_url.empty() ? options.identity_url : options.public_url;
    }

private:
    std::shared_ptr<Core> core_;
    std::unique_ptr<bus::Subscription> subscription_;
};

}  // namespace

std::unique_ptr<Validator> make_remote_validator(http::Client& client, http::Io& io, bus::Bus* bus, const Clock& clock,
                                                 RemoteOptions options) {
    while (options.identity_url.ends_with('/')) options.identity_url.pop_back();
    return std::make_unique<RemoteValidator>(client, io, bus, clock, std::move(options));
}

}  // namespace cumulet::auth

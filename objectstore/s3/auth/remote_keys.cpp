#include <list>
#include <unordered_map>

#include "common/auth/identity_protocol.hpp"
#include "common/auth/service_session.hpp"
#include "common/bus/bus.hpp"
#include "common/http/client.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/auth/keys.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using Done = std::function<void(FoundKey)>;
using nlohmann::json;

// How the identity service names a key: the SHA-256 of its access id.
std::string id_of(const std::string& access) { return text::to_hex(digest_of(Hash::sha256, access)); }

// Answers may come after the keys are gone, so the state is shared with them.
class Core : public std::enable_shared_from_this<Core> {
public:
    Core(http::Client& client, const Clock& clock, RemoteKeysOptions options)
        : client_(client),
          clock_(clock),
          options_(std::move(options)),
          session_(std::make_shared<auth::ServiceSession>(client, clock, options_.identity)) {}

    void find(const std::string& access, Done done) {
        std::optional<FoundKey> known;
        bool first = false;
        {
            std::lock_guard lock(mutex_);
            known = cached(access);
            if (!known) {
                auto& flight = flights_[access];
                first = flight.waiting.empty();
                if (first) flight.epoch = epoch_;
                flight.waiting.push_back(std::move(done));
            }
        }
        if (known) return done(std::move(*known));
        if (first) ask(access, true);
    }

    void on_revoked(std::string_view payload) {
        const auto revocation = auth::read_hint(payload);
        drop_if([&](const Entry& entry) {
            return !revocation || !entry.found.key || revocation->matches(*entry.found.key->owner());
        });
    }

    void on_key(std::string_view payload) {
        const auto hint = json::parse(payload, nullptr, false);
        const bool fine = hint.is_object() && hint.contains("id") && hint["id"].is_string();
        const std::string id = fine ? hint["id"].get<std::string>() : "";
        drop_if([&](const Entry& entry) { return !fine || entry.id == id; });
    }

    // Hints may have been lost.
    void doubt_all() {
        drop_if([](const Entry&) { return true; });
    }

    void close() { session_->close(); }

private:
    struct Entry {
        std::string access, id;
        FoundKey found;
        Timestamp until;
    };
    struct Flight {
        std::vector<Done> waiting;
        std::uint64_t epoch = 0;  // hints seen when it began
    };

    template <class Doubtful>
    void drop_if(const Doubtful& doubtful) {
        std::lock_guard lock(mutex_);
        ++epoch_;
        for (auto entry = entries_.begin(); entry != entries_.end();) {
            if (!doubtful(*entry)) {
                ++entry;
                continue;
            }
            by_access_.erase(entry->access);
            entry = entries_.erase(entry);
        }
    }

    // With mutex_ held.
    std::optional<FoundKey> cached(const std::string& access) {
        const auto found = by_access_.find(access);
        if (found == by_access_.end()) return std::nullopt;
        if (found->second->until <= clock_.now()) {
            entries_.erase(found->second);
            by_access_.erase(found);
            return std::nullopt;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->found;
    }

    void keep(const std::string& access, const FoundKey& found) {
        const auto now = clock_.now();
        auto until = now + (found.key ? options_.ttl : options_.negative_ttl);
        if (found.key) until = std::min(until, found.key->owner()->expires_at);
        entries_.push_front({access, id_of(access), found, until});
        by_access_[access] = entries_.begin();
        if (entries_.size() <= options_.cache_entries) return;
        by_access_.erase(entries_.back().access);
        entries_.pop_back();
    }

    void ask(const std::string& access, bool may_log_in_again) {
        session_->with_token([self = shared_from_this(), access, may_log_in_again](const std::string& token) {
            if (token.empty()) return self->land(access, {auth::Verdict::unavailable, nullptr});
            http::ClientRequest request{.method = http::Method::post,
                                        .url = self->options_.identity.identity_url + "/ec2keys"};
            request.headers.set("X-Auth-Token", token);
            request.headers.set("Content-Type", "application/json");
            request.body = json{{"access", access}}.dump(-1, ' ', false, json::error_handler_t::replace);
            self->client_.send(std::move(request), [self, access, token, may_log_in_again](
                                                       std::exception_ptr error, http::ClientResponse response) {
                if (!error && response.status == 401) {
                    self->session_->forget(token);
                    if (may_log_in_again) return self->ask(access, false);
                }
                self->land(access, error ? FoundKey{auth::Verdict::unavailable, nullptr} : self->read(response));
            });
        });
    }

    FoundKey read(const http::ClientResponse& response) const {
        if (response.status == 404) return {};
        if (response.status != 200) {
            log::warning("the identity service answered {} to a question about an access key", response.status);
            return {auth::Verdict::unavailable, nullptr};
        }
        try {
            const auto document = json::parse(response.body);
            auto owner = std::make_shared<const auth::Context>(auth::context_from_token(document.at("token")));
            return {auth::Verdict::valid,
                    std::make_shared<const AccessKey>(document.at("secret").get<std::string>(), std::move(owner))};
        } catch (const std::exception&) {
            // What it says may hold a secret.
            log::warning("the identity service answered a question about an access key with something else");
            return {auth::Verdict::unavailable, nullptr};
        }
    }

    void land(const std::string& access, FoundKey found) {
        std::vector<Done> waiting;
        {
            std::lock_guard lock(mutex_);
            const auto flight = flights_.find(access);
            if (flight == flights_.end()) return;
            // A hint that came meanwhile may concern this key: believe the answer once, do not keep it.
            if (flight->second.epoch == epoch_ && found.verdict != auth::Verdict::unavailable) keep(access, found);
            waiting = std::move(flight->second.waiting);
            flights_.erase(flight);
        }
        for (auto& done : waiting) done(found);
    }

    http::Client& client_;
    const Clock& clock_;
    const RemoteKeysOptions options_;
    const std::shared_ptr<auth::ServiceSession> session_;

    std::mutex mutex_;
    std::list<Entry> entries_;  // used last in front
    std::unordered_map<std::string, std::list<Entry>::iterator> by_access_;
    std::map<std::string, Flight> flights_;
    std::uint64_t epoch_ = 0;
};

class RemoteKeys final : public Keys {
public:
    RemoteKeys(http::Client& client, bus::Bus* bus, const Clock& clock, RemoteKeysOptions options)
        : core_(std::make_shared<Core>(client, clock, std::move(options))) {
        if (!bus) return;
        const auto doubt = [core = core_] { core->doubt_all(); };
        revoked_ = bus->subscribe(
            "identity.revoked",
            [core = core_](std::string_view, std::string_view payload) { core->on_revoked(payload); }, doubt);
        changed_ = bus->subscribe(
            "identity.key", [core = core_](std::string_view, std::string_view payload) { core->on_key(payload); });
    }
    ~RemoteKeys() override {
        revoked_.reset();
        changed_.reset();
        core_->close();
    }
    void find(const std::string& access, Done done) override { core_->find(access, std::move(done)); }

private:
    std::shared_ptr<Core> core_;
    std::unique_ptr<bus::Subscription> revoked_, changed_;
};

}  // namespace

std::unique_ptr<Keys> make_remote_keys(http::Client& client, bus::Bus* bus, const Clock& clock,
                                       RemoteKeysOptions options) {
    while (options.identity.identity_url.ends_with('/')) options.identity.identity_url.pop_back();
    return std::make_unique<RemoteKeys>(client, bus, clock, std::move(options));
}

}  // namespace cumulet::objectstore::s3

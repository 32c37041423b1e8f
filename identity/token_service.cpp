#include "identity/token_service.hpp"

#include "common/runtime/log.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/endpoint_filters.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/federation.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/roles.hpp"
#include "identity/model/users.hpp"
#include "identity/tokens/fernet.hpp"

namespace cumulet::identity {
namespace {

constexpr std::size_t kLongestToken = 4096;
constexpr std::size_t kAuditIdBytes = 16;

bool shapes_catalogs(std::string_view collection) {
    using store::Describe;
    return collection == Describe<ServiceEntry>::collection || collection == Describe<EndpointEntry>::collection ||
           collection == Describe<EndpointGroup>::collection || collection == Describe<ProjectEndpoint>::collection ||
           collection == Describe<ProjectEndpointGroup>::collection;
}

}  // namespace

TokenService::TokenService(store::Engine& engine, const Clock& clock, Random& random, tokens::KeyRepository& keys,
                           const Settings& settings)
    : engine_(engine), clock_(clock), random_(random), keys_(keys), settings_(settings) {
    revocations_.load(engine_, clock_.now());
}

IssuedToken TokenService::issue(store::Transaction& txn, tokens::TokenFacts facts) {
    const auto now = clock_.now();
    facts.issued_at = std::chrono::floor<std::chrono::seconds>(now);
    const auto end = std::chrono::floor<std::chrono::seconds>(now + settings_.token_lifetime);
    facts.expires_at = facts.expires_at == Timestamp{} ? Timestamp{end} : std::min<Timestamp>(facts.expires_at, end);
    facts.audit_ids.insert(facts.audit_ids.begin(), random_.token(kAuditIdBytes));
    if (follower_) follower_->catch_up();
    auto valid = describe_token(txn, facts, settings_.compliance);
    // Something of this user was revoked in this very second: this token is newer, so it says so.
    for (int step = 0; step < 5 && revocations_.revoked(facts, valid->domain_ids); ++step) {
        facts.issued_at += std::chrono::seconds(1);
        valid = describe_token(txn, facts, settings_.compliance);
    }
    auto id = tokens::fernet_encrypt(keys_.keys()->front(), tokens::pack_token(facts, settings_.methods),
                                     facts.issued_at, random_);
    return {std::move(id), std::move(valid)};
}

ValidTokenPtr TokenService::validate(std::string_view token, Duration grace) {
    if (token.empty() || token.size() > kLongestToken) return nullptr;
    if (follower_) follower_->catch_up();
    auto valid = recall(token);
    if (!valid || (valid->look_again_at && *valid->look_again_at <= clock_.now())) valid = describe(token);
    if (!valid || valid->facts.expires_at + grace <= clock_.now()) return nullptr;
    return valid;
}

ValidTokenPtr TokenService::describe(std::string_view token) {
    auto message = tokens::fernet_decrypt(*keys_.keys(), token);
    if (!message) {
        // Perhaps another process rotated the keys since we looked.
        try {
            if (!keys_.refresh()) return nullptr;
        } catch (const tokens::KeyError& error) {
            log::error("token keys: {}", error.what());
            return nullptr;
        }
        message = tokens::fernet_decrypt(*keys_.keys(), token);
        if (!message) return nullptr;
    }
    auto facts = tokens::unpack_token(message->bytes, settings_.methods);
    if (!facts) return nullptr;
    facts->issued_at = message->created_at;
    std::uint64_t generation = 0;
    {
        std::lock_guard lock(mutex_);
        generation = generation_;
    }
    try {
        ++descriptions_;
        store::Transaction txn(engine_, {.time = clock_.now(), .operation = "validate token"});
        auto valid = describe_token(txn, *facts, settings_.compliance);
        if (revocations_.revoked(*facts, valid->domain_ids)) return nullptr;
        remember(token, valid, generation);
        return valid;
    } catch (const api::Fault& fault) {
        log::debug("token {} is refused: {}", facts->audit_ids.front(), fault.detail());
        return nullptr;
    }
}

std::string TokenService::seal_receipt(const tokens::TokenFacts& facts) {
    return tokens::fernet_encrypt(keys_.keys()->front(), tokens::pack_receipt(facts, settings_.methods),
                                  facts.issued_at, random_);
}

std::optional<tokens::TokenFacts> TokenService::read_receipt(std::string_view receipt) {
    if (follower_) follower_->catch_up();
    auto message = tokens::fernet_decrypt(*keys_.keys(), receipt);
    auto facts = message ? tokens::unpack_receipt(message->bytes, settings_.methods) : std::nullopt;
    if (!facts) return std::nullopt;
    facts->issued_at = message->created_at;
    facts->audit_ids = {""};  // revoked by nothing but its user's events
    if (revocations_.revoked(*facts, {})) return std::nullopt;
    return facts;
}

ValidTokenPtr TokenService::recall(std::string_view token) {
    std::lock_guard lock(mutex_);
    if (auto found = recent_.find(token); found != recent_.end()) return found->second;
    auto found = older_.find(token);
    if (found == older_.end()) return nullptr;
    auto valid = found->second;
    auto node = older_.extract(found);
    recent_.insert(std::move(node));
    return valid;
}

void TokenService::remember(std::string_view token, const std::shared_ptr<ValidToken>& valid,
                            std::uint64_t generation) {
    std::lock_guard lock(mutex_);
    if (generation != generation_) return;  // described from what is no longer true
    if (valid->catalog && last_catalog_ && *valid->catalog == *last_catalog_) valid->catalog = last_catalog_;
    last_catalog_ = valid->catalog ? valid->catalog : last_catalog_;
    if (recent_.size() >= settings_.token_cache_entries / 2) {
        older_ = std::move(recent_);
        recent_ = Shelf{};
    }
    recent_.insert_or_assign(std::string(token), valid);
}

template <class Concerns>
void TokenService::forget_if(Concerns&& concerns) {
    std::lock_guard lock(mutex_);
    ++generation_;
    for (auto* shelf : {&recent_, &older_})
        std::erase_if(*shelf, [&](const auto& entry) { return concerns(entry.second->facts); });
}

void TokenService::forget_all() {
    std::lock_guard lock(mutex_);
    ++generation_;
    recent_.clear();
    older_.clear();
}

void TokenService::on_revocation(const RevocationEvent& event) {
    revocations_.add(event);
    if (!event.user_id.empty())  // which may be the trustor of any trust
        forget_if([&](const auto& facts) { return facts.user_id == event.user_id || !facts.trust_id.empty(); });
    else if (!event.project_id.empty())
        forget_if([&](const auto& facts) { return facts.project_id == event.project_id; });
    else if (!event.audit_id.empty())
        forget_if([&](const auto& facts) { return facts.audit_ids.front() == event.audit_id; });
    else if (!event.application_credential_id.empty())
        forget_if(
            [&](const auto& facts) { return facts.application_credential_id == event.application_credential_id; });
    else
        forget_all();
}

void TokenService::on_change(const store::ChangeEntry& entry) {
    using store::Describe;
    for (const auto& change : entry.changes) {
        const bool replaced = !change.before.empty();
        if (change.collection == Describe<RevocationEvent>::collection) {
            if (!change.after.empty())
                on_revocation(store::decode_row<RevocationEvent>(change.after));
            else
                revocations_.remove(store::decode_row<RevocationEvent>(change.before));
        } else if (change.collection == Describe<User>::collection && replaced) {
            const auto id = store::decode_row<User>(change.before).id;
            forget_if([&](const auto& facts) { return facts.user_id == id; });
        } else if (shapes_catalogs(change.collection) || change.collection == Describe<IdentityProvider>::collection ||
                   change.collection == Describe<ServiceProvider>::collection ||
                   ((change.collection == Describe<Project>::collection ||
                     change.collection == Describe<Role>::collection) &&
                    replaced)) {
            forget_all();
        }
    }
}

ChangeReader TokenService::change_reader() {
    return {.on_change = [this](const store::ChangeEntry& entry) { on_change(entry); },
            .on_gap =
                [this] {
                    revocations_.load(engine_, clock_.now());
                    forget_all();
                }};
}

}  // namespace cumulet::identity

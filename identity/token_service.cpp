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

// What tokens share that differ by times and audit ids only; empty when there may be more to such a token.
std::string likeness(const tokens::TokenFacts& facts, const Compliance& rules) {
    if (facts.federated() || !facts.group_ids.empty() || !facts.trust_id.empty() || !facts.access_token_id.empty() ||
        !facts.application_credential_id.empty() || rules.disable_days_inactive > 0)
        return "";
    std::string text = facts.user_id;
    const char kind = facts.system ? 's' : !facts.domain_id.empty() ? 'd' : !facts.project_id.empty() ? 'p' : 'u';
    text.append(1, '\0').append(1, kind).append(kind == 'd' ? facts.domain_id : facts.project_id);
    for (const auto& method : facts.methods) text.append(1, '\0').append(method);
    return text;
}

}  // namespace

ValidTokenPtr TokenService::Memory::recall(std::string_view key) {
    if (auto found = recent_.find(key); found != recent_.end()) return found->second;
    auto found = older_.find(key);
    if (found == older_.end()) return nullptr;
    auto valid = found->second;
    auto node = older_.extract(found);
    recent_.insert(std::move(node));
    return valid;
}

void TokenService::Memory::remember(std::string_view key, ValidTokenPtr valid, std::size_t shelf_size) {
    if (recent_.size() >= shelf_size) {
        older_ = std::move(recent_);
        recent_ = Shelf{};
    }
    recent_.insert_or_assign(std::string(key), std::move(valid));
}

template <class Concerns>
void TokenService::Memory::forget_if(const Concerns& concerns) {
    for (auto* shelf : {&recent_, &older_})
        std::erase_if(*shelf, [&](const auto& entry) { return concerns(entry.second->facts); });
}

void TokenService::Memory::clear() {
    recent_.clear();
    older_.clear();
}

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
    const auto generation = this->generation();
    auto valid = describe(txn, facts, generation);
    // Something of this user was revoked in this very second: this token is newer, so it says so.
    for (int step = 0; step < 5 && revocations_.revoked(facts, valid->domain_ids); ++step) {
        facts.issued_at += std::chrono::seconds(1);
        valid = described_alike(*valid, facts);
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
    const auto generation = this->generation();
    try {
        ++descriptions_;
        store::Transaction txn(engine_, {.time = clock_.now(), .operation = "validate token"});
        auto valid = describe(txn, *facts, generation);
        if (revocations_.revoked(*facts, valid->domain_ids)) return nullptr;
        remember(token, valid, generation);
        return valid;
    } catch (const api::Fault& fault) {
        log::debug("token {} is refused: {}", facts->audit_ids.front(), fault.detail());
        return nullptr;
    }
}

std::shared_ptr<ValidToken> TokenService::describe(store::Transaction& txn, const tokens::TokenFacts& facts,
                                                   std::uint64_t generation) {
    const auto key = txn.has_writes() ? std::string() : likeness(facts, settings_.compliance);
    if (!key.empty()) {
        ValidTokenPtr known;
        {
            std::lock_guard lock(mutex_);
            known = alike_.recall(key);
        }
        if (known) return described_alike(*known, facts);
    }
    auto valid = describe_token(txn, facts, settings_.compliance);
    // A transaction that began before the last change may have seen what is no longer true.
    const bool is_new = !key.empty() && !valid->look_again_at && txn.snapshot_revision() == engine_.last_revision();
    std::lock_guard lock(mutex_);
    if (valid->catalog && last_catalog_ && *valid->catalog == *last_catalog_) valid->catalog = last_catalog_;
    last_catalog_ = valid->catalog ? valid->catalog : last_catalog_;
    if (is_new && generation == generation_) alike_.remember(key, valid, settings_.token_cache_entries / 2);
    return valid;
}

std::uint64_t TokenService::generation() {
    std::lock_guard lock(mutex_);
    return generation_;
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
    return tokens_.recall(token);
}

void TokenService::remember(std::string_view token, const ValidTokenPtr& valid, std::uint64_t generation) {
    std::lock_guard lock(mutex_);
    if (generation != generation_) return;  // described from what is no longer true
    tokens_.remember(token, valid, settings_.token_cache_entries / 2);
}

template <class Concerns>
void TokenService::forget_if(Concerns&& concerns) {
    std::lock_guard lock(mutex_);
    ++generation_;
    tokens_.forget_if(concerns);
    alike_.forget_if(concerns);
}

void TokenService::forget_all() {
    std::lock_guard lock(mutex_);
    ++generation_;
    tokens_.clear();
    alike_.clear();
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

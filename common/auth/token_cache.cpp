#include "common/auth/token_cache.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace cumulet::auth {

namespace {

bool has(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

bool Revocation::matches(const Context& token) const {
    auto differs = [](const std::string& wanted, const std::string& is) { return !wanted.empty() && wanted != is; };
    if (!audit_id.empty() && (token.audit_ids.empty() || token.audit_ids.front() != audit_id)) return false;
    if (!audit_chain_id.empty() && (token.audit_ids.empty() || token.audit_ids.back() != audit_chain_id)) return false;
    if (differs(user_id, token.user_id) || differs(project_id, token.project_id) || differs(trust_id, token.trust_id))
        return false;
    if (!domain_id.empty() && domain_id != token.domain_id && domain_id != token.user_domain_id &&
        domain_id != token.project_domain_id)
        return false;
    if (!role_id.empty() && !has(token.role_ids, role_id)) return false;
    return !issued_before || token.issued_at <= *issued_before;
}

std::string TokenCache::key_of(const std::string& token) {
    std::string key(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
           reinterpret_cast<unsigned char*>(key.data()));
    return key;
}

std::optional<Validation> TokenCache::find(const std::string& key, Timestamp now) {
    auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    if (found->second->until <= now) {
        entries_.erase(found->second);
        by_key_.erase(found);
        return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->answer;
}

void TokenCache::put(const std::string& key, Validation answer, Timestamp until) {
    if (auto found = by_key_.find(key); found != by_key_.end()) {
        entries_.erase(found->second);
        by_key_.erase(found);
    }
    entries_.push_front({key, std::move(answer), until});
    by_key_[key] = entries_.begin();
    while (entries_.size() > capacity_) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

void TokenCache::drop(const Revocation& revocation) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entry->answer.context && revocation.matches(*entry->answer.context)) {
            by_key_.erase(entry->key);
            entry = entries_.erase(entry);
        } else {
            ++entry;
        }
    }
}

void TokenCache::clear() {
    entries_.clear();
    by_key_.clear();
}

}  // namespace cumulet::auth

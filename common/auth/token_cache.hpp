// Answers of the identity service about tokens, bounded, the least used ones leaving first. Keyed by a hash: a core
// dump of a daemon gives no tokens away.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/auth/validator.hpp"

namespace cumulet::auth {

// Which tokens a revocation takes back: those that have all attributes that are set.
struct Revocation {
    std::string audit_id, audit_chain_id, user_id, project_id, domain_id, trust_id, role_id;
    std::optional<Timestamp> issued_before;  // only those issued at or before
    bool matches(const Context& token) const;
};

// One thread at a time.
class TokenCache {
public:
    explicit TokenCache(std::size_t capacity) : capacity_(capacity) {}
    // The SHA-256 of a token.
    static std::string key_of(const std::string& token);

    std::optional<Validation> find(const std::string& key, Timestamp now);
    void put(const std::string& key, Validation answer, Timestamp until);
    void drop(const Revocation& revocation);
    void clear();
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string key;
        Validation answer;
        Timestamp until;
    };
    std::size_t capacity_;
    std::list<Entry> entries_;  // used last in front
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace cumulet::auth

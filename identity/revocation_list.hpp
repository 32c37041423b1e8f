// The revocation events in force, in memory, found by what a token has.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/store/engine.hpp"
#include "identity/model/revocation.hpp"
#include "identity/tokens/payload.hpp"

namespace cumulet::identity {

// All members: any thread.
class RevocationList {
public:
    void load(store::Engine& engine, Timestamp now);  // replaces everything
    void add(const RevocationEvent& event);
    void remove(const RevocationEvent& event);
    bool revoked(const tokens::TokenFacts& facts, const std::vector<std::string>& domain_ids) const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::vector<RevocationEvent>> events_;  // by one attribute that it names
};

}  // namespace cumulet::identity

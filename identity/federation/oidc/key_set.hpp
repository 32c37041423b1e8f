// The public keys of an issuer (JWKS), fetched when they are needed and kept for a while.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "common/http/client.hpp"
#include "common/runtime/clock.hpp"

namespace cumulet::identity::federation::oidc {

// Asks another machine and waits: http::Client::fetch, or a test's own. Throws http::ClientError.
using Fetch = std::function<http::ClientResponse(http::ClientRequest)>;

// All members: any thread that may wait.
class KeySet {
public:
    KeySet(Fetch fetch, const Clock& clock) : fetch_(std::move(fetch)), clock_(clock) {}
    // The keys with that id, or all for an empty one. An id that is not known makes it look again, though not more than
    // twice a minute. When the issuer does not answer, the keys from before serve for a day. Fault 503 without any.
    std::vector<std::string> find(const std::string& uri, const std::string& key_id);

private:
    struct Key {
        std::string id, text;
    };
    void refresh(const std::string& uri);
    std::vector<std::string> known(const std::string& key_id) const;

    Fetch fetch_;
    const Clock& clock_;
    std::mutex mutex_;
    std::vector<Key> keys_;
    Timestamp fetched_at_{}, tried_at_{};
};

}  // namespace cumulet::identity::federation::oidc

// Issues tokens and says what they mean. Answers are kept in a bounded memory that the change log keeps true.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "common/store/engine.hpp"
#include "common/store/transaction.hpp"
#include "identity/change_follower.hpp"
#include "identity/revocation_list.hpp"
#include "identity/settings.hpp"
#include "identity/token_document.hpp"
#include "identity/tokens/key_repository.hpp"

namespace cumulet::identity {

struct IssuedToken {
    std::string id;  // what goes into X-Subject-Token
    ValidTokenPtr token;
};

// All members: any thread.
class TokenService {
public:
    TokenService(store::Engine& engine, const Clock& clock, Random& random, tokens::KeyRepository& keys,
                 const Settings& settings);
    // Gives the service its eyes: validate() asks `follower` to catch up first. Once, before the first call.
    void follow(ChangeFollower& follower) { follower_ = &follower; }
    ChangeReader change_reader();

    // `facts` say who, where and how; times and the token's own audit id are added here. An `expires_at` that is set
    // bounds the life. Fault 401 when there is nothing to be had there.
    IssuedToken issue(store::Transaction& txn, tokens::TokenFacts facts);
    // nullptr when the token is none of ours, expired, revoked, or means nothing any more. `grace`: how long after its
    // end it is still described.
    ValidTokenPtr validate(std::string_view token, Duration grace = {});
    // The receipt of a log-in that needs more methods (user_id, methods and times of `facts`), and what one says:
    // nullopt when it is none of ours or its user's tokens were revoked since. Its end is for the caller to look at.
    std::string seal_receipt(const tokens::TokenFacts& facts);
    std::optional<tokens::TokenFacts> read_receipt(std::string_view receipt);
    // How often a token had to be described from the store: tests.
    std::uint64_t descriptions() const { return descriptions_.load(); }

private:
    // Two shelves: what is used moves to the first; when that is full it becomes the second and the old second goes.
    class Memory {
    public:
        ValidTokenPtr recall(std::string_view key);
        void remember(std::string_view key, ValidTokenPtr valid, std::size_t shelf_size);
        template <class Concerns>
        void forget_if(const Concerns& concerns);
        void clear();

    private:
        struct Hash {
            using is_transparent = void;
            std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
        };
        using Shelf = std::unordered_map<std::string, ValidTokenPtr, Hash, std::equal_to<>>;
        Shelf recent_, older_;
    };

    ValidTokenPtr recall(std::string_view token);
    void remember(std::string_view token, const ValidTokenPtr& valid, std::uint64_t generation);
    ValidTokenPtr describe(std::string_view token);
    // describe_token(), or the description of a token of the same user, methods and scope; and keeps it for the next,
    // unless `txn` may have seen less than what `generation` stands for.
    std::shared_ptr<ValidToken> describe(store::Transaction& txn, const tokens::TokenFacts& facts,
                                         std::uint64_t generation);
    std::uint64_t generation();
    void on_change(const store::ChangeEntry& entry);
    template <class Concerns>
    void forget_if(Concerns&& concerns);
    void forget_all();
    void on_revocation(const RevocationEvent& event);

    store::Engine& engine_;
    const Clock& clock_;
    Random& random_;
    tokens::KeyRepository& keys_;
    const Settings& settings_;
    ChangeFollower* follower_ = nullptr;
    RevocationList revocations_;
    std::atomic<std::uint64_t> descriptions_{0};

    std::mutex mutex_;
    std::uint64_t generation_ = 0;  // of the store's content as far as tokens go
    Memory tokens_;
    Memory alike_;  // a token for each user, methods and scope: the next such differs by its times only
    std::shared_ptr<const std::string> last_catalog_;  // most tokens of a cloud share one text
};

}  // namespace cumulet::identity

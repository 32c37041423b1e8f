#include "identity/credential_keys.hpp"

#include "common/store/transaction.hpp"
#include "identity/model/credentials.hpp"
#include "identity/model/domain_config.hpp"
#include "identity/model/oauth1.hpp"

namespace cumulet::identity {
namespace {

constexpr std::size_t kAtOnce = 200;
constexpr const char* kOperation = "credential keys";

// Calls `each` with every kind of record that holds a secret, and with the member that holds it.
template <class Each>
void for_each_kind(Each&& each) {
    each(&Credential::sealed_blob);
    each(&OauthConsumer::sealed_secret);
    each(&OauthRequest::sealed_secret);
    each(&OauthAccess::sealed_secret);
    each(&DomainConfig::sealed_secrets);
}

template <class R>
std::size_t migrate(store::Engine& engine, const Vault& vault, Timestamp now, std::string R::*sealed) {
    std::size_t migrated = 0;
    std::string after;
    bool more = true;
    while (more) {
        std::size_t changed = 0;
        const std::string start = after;
        store::transact(engine, {.time = now, .operation = kOperation}, [&](store::Transaction& txn) {
            changed = 0;
            const auto rows = txn.scan<R>({.limit = kAtOnce, .after = start});
            for (auto row : rows) {
                if ((row.*sealed).empty() || vault.is_current(row.*sealed)) continue;
                row.*sealed = vault.seal(vault.open(row.*sealed));
                txn.put(row, "key migrated");
                ++changed;
            }
            more = rows.size() == kAtOnce;
            if (more) after = store::Transaction::cursor_of("", rows.back());
        });
        migrated += changed;
    }
    return migrated;
}

}  // namespace

std::size_t count_outdated_secrets(store::Engine& engine, const Vault& vault, Timestamp now) {
    std::size_t outdated = 0;
    store::Transaction txn(engine, {.time = now, .operation = kOperation});
    for_each_kind([&]<class R>(std::string R::*sealed) {
        txn.visit<R>({}, [&](R&& row) {
            if (!(row.*sealed).empty() && !vault.is_current(row.*sealed)) ++outdated;
            return true;
        });
    });
    return outdated;
}

std::size_t migrate_secrets(store::Engine& engine, const Vault& vault, Timestamp now) {
    std::size_t migrated = 0;
    for_each_kind([&]<class R>(std::string R::*sealed) { migrated += migrate(engine, vault, now, sealed); });
    return migrated;
}

}  // namespace cumulet::identity

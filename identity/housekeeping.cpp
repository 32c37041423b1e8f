#include "identity/housekeeping.hpp"

#include "common/store/transaction.hpp"
#include "identity/model/federation_rules.hpp"
#include "identity/model/revocation_rules.hpp"

namespace cumulet::identity {
namespace {
constexpr std::size_t kAtOnce = 500;
constexpr auto kPause = std::chrono::minutes(5);
constexpr auto kMargin = std::chrono::minutes(30);  // clocks of several nodes differ
}  // namespace

std::size_t keep_house(store::Engine& engine, Timestamp now, const Settings& settings) {
    const Timestamp until = now - settings.token_lifetime - settings.expired_window - kMargin;
    std::size_t gone = 0;
    for (;;) {
        const auto round = store::transact(engine, {.time = now, .operation = "housekeeping"},
                                           [&](store::Transaction& txn) { return forget_events(txn, until, kAtOnce); });
        gone += round;
        if (round < kAtOnce) break;
    }
    for (;;) {
        const auto round =
            store::transact(engine, {.time = now, .operation = "housekeeping"},
                            [&](store::Transaction& txn) { return forget_ended_federation(txn, kAtOnce); });
        gone += round;
        if (round < kAtOnce) return gone;
    }
}

Housekeeping::Housekeeping(store::Engine& engine, const Clock& clock, const Settings& settings)
    : rounds_("housekeeping", kPause, [&engine, &clock, &settings] { keep_house(engine, clock.now(), settings); }) {}

}  // namespace cumulet::identity

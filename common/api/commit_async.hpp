// Running a transaction to its durable commit from a coroutine.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/api/awaiting.hpp"
#include "common/api/fault.hpp"
#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::api {

// After so many conflicts the answer is 503: whoever asks again soon comes through.
constexpr int kMaxAttempts = 60;
// The first ones are repeated at once; then a growing random pause lets the others finish.
constexpr int kEagerAttempts = 4;

inline std::chrono::microseconds pause_before(int attempt, Random& random) {
    if (attempt < kEagerAttempts) return std::chrono::microseconds(0);
    const auto bound = std::min<std::uint64_t>(20'000, 200u << std::min(attempt - kEagerAttempts, 7));
    return std::chrono::microseconds(random.below(bound) + 1);
}

inline Fault too_many_conflicts(const store::CommitResult& result) {
    return Fault(Errc::unavailable, "Too many others are changing the same thing. Please try again.")
        .detail("gave up after conflicts on " + result.key);
}

// `body` is called with each fresh transaction; true once it is committed.
template <class Body>
http::Task<void> run_transaction(store::Engine& engine, store::Cause cause, Random& random, Body body) {
    for (int attempt = 0;; ++attempt) {
        if (const auto pause = pause_before(attempt, random); pause.count() > 0) {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, pause);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        store::Transaction txn(engine, cause);
        body(txn);
        if (!txn.has_writes()) co_return;
        auto start = [&txn](auto done) { txn.commit(std::move(done)); };
        const store::CommitResult result = co_await wait_for<store::CommitResult>(std::move(start));
        if (store::went_through(result)) co_return;
        if (attempt + 1 >= kMaxAttempts) throw too_many_conflicts(result);
    }
}

}  // namespace cumulet::api

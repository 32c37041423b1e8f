#include "objectstore/swift/rate_limits.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/model/space.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Reply;
using http::Method;

// Who was slower for so long at most may be faster for a while; after that it is forgotten.
constexpr Duration kCredit = std::chrono::seconds(5);
constexpr std::size_t kManyKeys = 10'000;

struct Limit {
    std::string key;
    double rate = 0;
};

bool writes(Method method) {
    return method == Method::put || method == Method::post || method == Method::del || method == Method::copy;
}

std::uint64_t objects_in(const SwiftCall& call, const std::string& account, const std::string& container) {
    store::Transaction txn(call.module<Swift>().store, {});
    const auto known = txn.peek<Container>(account, container);
    return known ? static_cast<std::uint64_t>(std::max<std::int64_t>(0, usage_of(txn, *known).objects)) : 0;
}

std::vector<Limit> limits_of(const SwiftCall& call, const Settings& settings, const std::string& account) {
    const auto& path = call.endpoint().path;
    const auto method = call.request().method;
    const bool of_object = path.find("{object") != path.npos;
    const bool of_container = !of_object && path.find("{container}") != path.npos;
    std::vector<Limit> limits;
    if (of_container && settings.account_rate > 0 && (method == Method::put || method == Method::del))
        limits.push_back({"containers/" + account, settings.account_rate});
    const auto by_size = [&](const char* kind, const std::vector<RateStep>& steps) {
        if (steps.empty()) return;
        const auto& container = call.path("container");
        const double rate = rate_at(steps, objects_in(call, account, container));
        if (rate > 0) limits.push_back({fmt::format("{}/{}/{}", kind, account, container), rate});
    };
    if (of_object && writes(method)) by_size("objects", settings.container_rates);
    if (of_container && method == Method::get && !call.is_head()) by_size("listings", settings.listing_rates);
    if (settings.write_rate > 0 && writes(method)) limits.push_back({"writes/" + account, settings.write_rate});
    return limits;
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

http::Task<void> pause(Duration time) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

OtherAnswer refusal_of(int status, const char* reason, const char* why) {
    OtherAnswer answer{Reply::text(status, why, "text/html; charset=UTF-8")};
    answer.reply.response().reason = reason;
    return answer;
}

}  // namespace

double rate_at(const std::vector<RateStep>& steps, std::uint64_t objects) {
    double rate = 0;
    for (std::size_t i = 0; i < steps.size() && steps[i].objects <= objects; ++i) {
        rate = steps[i].rate;
        if (i + 1 == steps.size()) break;
        const auto& next = steps[i + 1];
        const double part = static_cast<double>(objects - steps[i].objects) /
                            static_cast<double>(std::max<std::uint64_t>(1, next.objects - steps[i].objects));
        rate += (next.rate - rate) * std::min(1.0, part);
    }
    return rate;
}

std::optional<Duration> RateLimits::reserve(const std::string& key, double rate, Timestamp now, Duration longest) {
    const Duration each(static_cast<std::int64_t>(1e6 / rate));
    std::lock_guard lock(mutex_);
    forget_old(now);
    auto& next = next_[key];
    if (next < now - kCredit) next = now;
    const auto wait = std::max(next - now, Duration(0));
    if (wait > longest) return std::nullopt;
    next += each;
    return wait;
}

void RateLimits::forget_old(Timestamp now) {
    if (next_.size() < kManyKeys) return;
    std::erase_if(next_, [&](const auto& entry) { return entry.second < now - kCredit; });
}

http::Task<void> wait_for_turn(const SwiftCall& call) {
    const auto& swift = call.module<Swift>();
    const auto& settings = swift.settings;
    if (!swift.rate_limits || call.endpoint().path.find("{account}") == std::string_view::npos) co_return;
    const auto& account = call.path("account");
    if (is_among(settings.unlimited_accounts, account)) co_return;
    if (is_among(settings.refused_accounts, account)) {
        co_await pause(std::chrono::seconds(1));
        throw refusal_of(497, "Blacklisted", "Your account has been blacklisted");
    }
    for (const auto& limit : limits_of(call, settings, account)) {
        const auto wait = swift.rate_limits->reserve(limit.key, limit.rate, swift.clock.now(), settings.max_rate_wait);
        if (!wait) {
            log::warning("rate limit {}: {} is refused", limit.key, call.request().method_text);
            throw refusal_of(498, "Rate Limited", "Slow down");
        }
        if (*wait > Duration(0)) co_await pause(*wait);
    }
}

}  // namespace cumulet::objectstore::swift

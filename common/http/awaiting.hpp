// Waiting in a coroutine for what answers through a callback, on whatever thread.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "common/http/body.hpp"

namespace cumulet::http {

// Holds an answer until the coroutine takes it, or the coroutine until the answer is there.
template <class T>
class Slot {
public:
    void set(T value) {
        std::function<void()> wake;
        {
            std::lock_guard lock(mutex_);
            value_.emplace(std::move(value));
            wake = std::exchange(wake_, {});
        }
        if (wake) wake();
    }
    bool ready() const {
        std::lock_guard lock(mutex_);
        return value_.has_value();
    }
    // `wake` runs once the value is there, at once if it is.
    void wait(std::function<void()> wake) {
        {
            std::lock_guard lock(mutex_);
            if (!value_) {
                wake_ = std::move(wake);
                return;
            }
        }
        wake();
    }
    T take() { return std::move(*value_); }

private:
    mutable std::mutex mutex_;
    std::optional<T> value_;
    std::function<void()> wake_;
};

// Calls start(callback) and resumes, on the coroutine's own executor, with what the callback was given. Does not
// suspend when the callback ran before `start` returned.
template <class T, class Start>
Task<T> wait_for(Start start) {
    auto slot = std::make_shared<Slot<T>>();
    start([slot](T value) { slot->set(std::move(value)); });
    if (!slot->ready()) {
        auto initiate = [slot](auto handler) {
            auto executor = boost::asio::get_associated_executor(handler);
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            slot->wait([shared, executor] { boost::asio::post(executor, [shared] { std::move (*shared)(); }); });
        };
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                                           boost::asio::use_awaitable);
    }
    co_return slot->take();
}

}  // namespace cumulet::http

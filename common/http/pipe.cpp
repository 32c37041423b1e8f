#include "common/http/pipe.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cumulet::http {

namespace asio = boost::asio;

template <class Ready>
void Pipe::wait(std::unique_lock<std::mutex>& lock, Ready ready) {
    while (!ended_ && !ready())
        if (changed_.wait_for(lock, std::chrono::milliseconds(100)) == std::cv_status::timeout && gone_())
            ended_ = true;
}

template <class Ready>
asio::awaitable<void> Pipe::async_wait(Ready ready) {
    auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (ended_ || ready()) co_return;
            sleeper_ = timer;
        }
        // Woken by a post to this very thread, which cannot come before the wait has begun.
        timer->expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code ignored;
        co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

void Pipe::wake_coroutine() {
    if (!sleeper_) return;
    auto timer = std::move(sleeper_);
    sleeper_ = nullptr;
    asio::post(timer->get_executor(), [timer] { timer->cancel(); });
}

bool Pipe::push(std::string piece) {
    std::unique_lock lock(mutex_);
    wait(lock, [this] { return pieces_.size() < kPieces; });
    if (ended_) return false;
    pieces_.push_back(std::move(piece));
    wake_coroutine();
    return true;
}

std::optional<std::string> Pipe::pop() {
    std::unique_lock lock(mutex_);
    wait(lock, [this] { return !pieces_.empty(); });
    if (pieces_.empty()) return std::nullopt;
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    wake_coroutine();
    return piece;
}

asio::awaitable<bool> Pipe::async_push(std::string piece) {
    co_await async_wait([this] { return pieces_.size() < kPieces; });
    const std::lock_guard lock(mutex_);
    if (ended_) co_return false;
    pieces_.push_back(std::move(piece));
    changed_.notify_one();
    co_return true;
}

asio::awaitable<std::optional<std::string>> Pipe::async_pop() {
    co_await async_wait([this] { return !pieces_.empty(); });
    const std::lock_guard lock(mutex_);
    if (pieces_.empty()) co_return std::nullopt;
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    changed_.notify_one();
    co_return piece;
}

void Pipe::end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
    wake_coroutine();
}

}  // namespace cumulet::http

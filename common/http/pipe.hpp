// A short queue of pieces between a coroutine on an io thread and a thread that blocks: how bodies of any size pass
// between them with bounded memory. Internal to common/http.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cumulet::http {

// One coroutine on one side, one thread on the other. Either side may end it: the coroutine sees false or nullopt from
// then on, the thread what is left in the queue and then the same.
class Pipe : public std::enable_shared_from_this<Pipe> {
public:
    // `gone` tells the thread that nobody will ever answer (the io threads ended).
    explicit Pipe(std::function<bool()> gone) : gone_(std::move(gone)) {}

    bool push(std::string piece);
    std::optional<std::string> pop();
    boost::asio::awaitable<bool> async_push(std::string piece);
    boost::asio::awaitable<std::optional<std::string>> async_pop();
    void end();

private:
    static constexpr std::size_t kPieces = 4;
    template <class Ready>
    void wait(std::unique_lock<std::mutex>& lock, Ready ready);
    template <class Ready>
    boost::asio::awaitable<void> async_wait(Ready ready);
    void wake_coroutine();  // with mutex_ held

    std::function<bool()> gone_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> pieces_;
    bool ended_ = false;
    std::shared_ptr<boost::asio::steady_timer> sleeper_;  // what the coroutine waits on
};

}  // namespace cumulet::http

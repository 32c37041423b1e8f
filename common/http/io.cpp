#include "common/http/io.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/runtime/log.hpp"

namespace cumulet::http {

namespace asio = boost::asio;

namespace {

struct Lane {
    asio::io_context context{1};  // one thread: Asio skips what only many threads on one queue need
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread;

    void run() {
        // sendfile(2) to a connection that is gone raises it, and has no flag to say it should not.
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        for (;;) {
            try {
                context.run();
                return;
            } catch (const std::exception& error) {
                log::error("http: work on an io thread failed: {}", error.what());
            } catch (...) {
                log::error("http: work on an io thread failed");
            }
        }
    }
};

}  // namespace

struct Io::State {
    std::vector<std::unique_ptr<Lane>> lanes;
    std::atomic<unsigned> next{0};
    std::atomic<bool> stopped{false};
    std::mutex stopping;
};

Io::Io(unsigned threads) : state_(std::make_unique<State>()) {
    for (unsigned i = 0; i < std::max(threads, 1u); ++i) {
        state_->lanes.push_back(std::make_unique<Lane>());
        auto* lane = state_->lanes.back().get();
        lane->thread = std::thread([lane] { lane->run(); });
    }
}

Io::~Io() { stop(); }

asio::io_context& Io::context() {
    const auto turn = state_->next.fetch_add(1, std::memory_order_relaxed);
    return state_->lanes[turn % state_->lanes.size()]->context;
}

void Io::post(std::function<void()> work) { asio::post(context(), std::move(work)); }

void Io::post_after(std::chrono::milliseconds delay, std::function<void()> work) {
    auto timer = std::make_shared<asio::steady_timer>(context(), delay);
    timer->async_wait([timer, work = std::move(work)](const boost::system::error_code& error) {
        if (!error) work();
    });
}

bool Io::stopped() const { return state_->stopped; }

bool Io::on_io_thread() const {
    for (const auto& lane : state_->lanes)
        if (lane->context.get_executor().running_in_this_thread()) return true;
    return false;
}

void Io::stop() {
    const std::lock_guard lock(state_->stopping);
    state_->stopped = true;
    for (auto& lane : state_->lanes) lane->context.stop();
    for (auto& lane : state_->lanes)
        if (lane->thread.joinable()) lane->thread.join();
}

}  // namespace cumulet::http

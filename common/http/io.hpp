// The io threads of a daemon. Asio stays behind this header for all who only start and stop it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace cumulet::http {

// Owns the io threads, each with an io_context of its own: what starts on one (a connection, a timer) stays on its
// thread and needs no locks, and a handler that blocks holds up only the connections of its thread.
class Io {
public:
    explicit Io(unsigned threads);
    ~Io();  // stop()
    Io(const Io&) = delete;
    Io& operator=(const Io&) = delete;

    // The next context, round robin. Any thread.
    boost::asio::io_context& context();
    // Runs `work` on an io thread soon. Any thread.
    void post(std::function<void()> work);
    void post_after(std::chrono::milliseconds delay, std::function<void()> work);
    // Ends the threads once running handlers return; work that has not run by then never runs. Idempotent, not to be
    // called on an io thread.
    void stop();
    bool stopped() const;
    // Whether the caller is one of these threads, where nothing may block.
    bool on_io_thread() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::http

// The io threads of a daemon. Asio stays behind this header for all who only start and stop it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace cumulet::http {

// Owns an io_context and its threads.
class Io {
public:
    explicit Io(unsigned threads);
    ~Io();  // stop()
    Io(const Io&) = delete;
    Io& operator=(const Io&) = delete;

    boost::asio::io_context& context();
    // Runs `work` on an io thread soon. Any thread.
    void post(std::function<void()> work);
    void post_after(std::chrono::milliseconds delay, std::function<void()> work);
    // Ends the threads once running handlers return. Idempotent.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::http

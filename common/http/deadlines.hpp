// Time-outs of the connections of one io thread: one timer for all of them, so that arming one costs a store.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace cumulet::http {

// One per io_context; everything here happens on its thread. Deadlines are kept to about 20 ms.
class Deadlines final : public boost::asio::execution_context::service {
public:
    using Time = std::chrono::steady_clock::time_point;

    class Entry {
    public:
        virtual ~Entry();
        Entry() = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

    protected:
        // On the thread of the context, before the first arm().
        void watch(Deadlines& deadlines);
        void arm(std::chrono::milliseconds after);
        void disarm() { deadline_ = Time::max(); }
        // May not destroy entries; disarmed before the call.
        virtual void on_deadline() = 0;

    private:
        friend class Deadlines;
        Deadlines* owner_ = nullptr;
        Entry* previous_ = nullptr;
        Entry* next_ = nullptr;
        Time deadline_ = Time::max();
    };

    using key_type = Deadlines;
    static boost::asio::execution_context::id id;
    explicit Deadlines(boost::asio::execution_context& context);

private:
    void shutdown() override {}
    void wake_at(Time time);
    void sweep();

    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        timer_;
    Time next_sweep_ = Time::max();
    Entry* first_ = nullptr;
};

}  // namespace cumulet::http

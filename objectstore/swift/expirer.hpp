// Removes objects whose X-Delete-At has passed.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

// One round, an object a transaction. How many went.
std::size_t remove_expired(const Swift& swift, Timestamp now);

// Runs a round every `pause` until it is destroyed.
class Expirer {
public:
    Expirer(const Swift& swift, std::chrono::milliseconds pause);
    ~Expirer();
    Expirer(const Expirer&) = delete;
    Expirer& operator=(const Expirer&) = delete;

private:
    void run();

    const Swift& swift_;
    const std::chrono::milliseconds pause_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cumulet::objectstore::swift

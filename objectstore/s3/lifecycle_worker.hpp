// Carries out the lifecycle rules of all buckets.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "objectstore/s3/service.hpp"

namespace cumulet::objectstore::s3 {

// One round. How many objects, versions, markers and uploads went.
std::size_t apply_lifecycles(const S3& s3, Timestamp now);

// Runs a round every `pause` until it is destroyed.
class LifecycleWorker {
public:
    LifecycleWorker(const S3& s3, std::chrono::milliseconds pause);
    ~LifecycleWorker();
    LifecycleWorker(const LifecycleWorker&) = delete;
    LifecycleWorker& operator=(const LifecycleWorker&) = delete;

private:
    void run();

    const S3& s3_;
    const std::chrono::milliseconds pause_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cumulet::objectstore::s3

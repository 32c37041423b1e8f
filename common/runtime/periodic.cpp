#include "common/runtime/periodic.hpp"

#include "common/runtime/log.hpp"

namespace cumulet::runtime {

Periodic::Periodic(std::string name, std::chrono::milliseconds pause, std::function<void()> work, bool at_once)
    : name_(std::move(name)), pause_(pause), work_(std::move(work)), due_(at_once), thread_([this] { run(); }) {}

Periodic::~Periodic() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
}

void Periodic::run() {
    std::unique_lock lock(mutex_);
    for (;; due_ = false) {
        if (!due_) woken_.wait_for(lock, pause_, [this] { return stopping_; });
        if (stopping_) return;
        lock.unlock();
        try {
            work_();
        } catch (const std::exception& error) {
            log::error("{}: {}", name_, error.what());
        }
        lock.lock();
    }
}

}  // namespace cumulet::runtime

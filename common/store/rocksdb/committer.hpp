// Group commit: one thread takes all batches that wait, checks them in order as if each were alone, writes those that
// hold with one synced write, and answers all. While it syncs, the next group gathers.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/store/listeners.hpp"
#include "common/store/rocksdb/database.hpp"

namespace cumulet::store::rocks {

class Committer {
public:
    struct Request {
        Batch batch;
        std::function<void(CommitResult)> done;
    };

    Committer(std::shared_ptr<Database> database, Listeners& listeners, const RocksdbOptions& options);
    // Finishes what was submitted.
    ~Committer();

    // Any thread. `done` runs on the committer's thread, or on the caller's when too many wait.
    void submit(Request request);
    // Of the last durable commit. Any thread.
    Revision last_revision() const { return last_revision_.load(std::memory_order_acquire); }

private:
    void run();
    void commit_group(std::vector<Request> group);
    // Brings RocksDB back after a failed write; empty when it takes writes, else why not.
    std::string recover();

    std::shared_ptr<Database> database_;
    Listeners& listeners_;
    const bool sync_;
    const std::size_t max_waiting_;
    std::atomic<Revision> last_revision_;
    bool write_failed_ = false;  // committer's thread only

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Request> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cumulet::store::rocks

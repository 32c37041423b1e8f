// Group commit: one thread takes all batches that wait, checks them in order as if each were alone, writes those that
// hold with one synced write, and answers all. While it syncs, the next group gathers.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "common/store/listeners.hpp"
#include "common/store/rocksdb/holder.hpp"
#include "common/store/rocksdb/row_cache.hpp"

namespace cumulet::store::rocks {

class Committer {
public:
    struct Request {
        Batch batch;
        std::function<void(CommitResult)> done;
    };

    // All must outlive the committer.
    Committer(DatabaseHolder& holder, RowCache& rows, Listeners& listeners, const RocksdbOptions& options);
    // Finishes what was submitted.
    ~Committer();

    // Any thread. `done` runs on the committer's thread, or on the caller's when too many wait.
    void submit(Request request);
    // Of the last durable commit. Any thread.
    Revision last_revision() const { return last_revision_.load(std::memory_order_acquire); }

private:
    void run();
    void commit_group(std::vector<Request> group);
    // The last revision afterwards. Throws StoreError when nothing could be written.
    Revision write_group(const std::vector<Request>& group, std::vector<CommitResult>& results);
    // The database, opened anew after a failed write. Throws StoreError when it takes no writes.
    std::shared_ptr<Database> writable();

    DatabaseHolder& holder_;
    RowCache& rows_;
    Listeners& listeners_;
    const RocksdbOptions options_;
    std::atomic<Revision> last_revision_;
    // Committer's thread only. Values of counters as they are stored, of those that were added to.
    std::unordered_map<std::string, std::int64_t> counters_;
    bool write_failed_ = false;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Request> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace cumulet::store::rocks

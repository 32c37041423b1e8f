// Holds the open database and brings it back after a failed write.
//
// After a failed write RocksDB refuses all others, and its own Resume() cannot be trusted once the write-ahead log is
// concerned (facebook/rocksdb #11643, #12998, #13903). Opening anew is what always works: acknowledged commits are in
// the log.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "common/store/rocksdb/database.hpp"

namespace cumulet::store::rocks {

class DatabaseHolder {
public:
    explicit DatabaseHolder(const RocksdbOptions& options);

    // What to read and write through; whoever keeps it keeps it open. Waits while it is being opened anew. Throws
    // StoreError when that failed. Any thread.
    std::shared_ptr<Database> get();
    // Closes and opens again, once the disk takes data and no snapshot is open. Throws StoreError when it cannot yet be
    // done; reading goes on as before. One thread at a time.
    void reopen();

private:
    struct Life;
    std::shared_ptr<Database> open(bool read_only);
    void set(std::shared_ptr<Database> database);
    void close();

    const RocksdbOptions options_;
    std::mutex mutex_;
    std::condition_variable opened_;
    bool opening_ = false;
    std::shared_ptr<Database> current_;
    std::shared_ptr<Life> life_;
};

}  // namespace cumulet::store::rocks

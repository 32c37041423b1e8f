// The contract of a store engine: an ordered, transactional key-value space with a change log. What is above
// (transactions, records, indexes) does not know which engine it stands on. Every engine passes
// tests/unit/common/store/engine_conformance.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::store {

// Number of a commit. Grows by one a commit, never reused. 0 stands for "no such key".
using Revision = std::uint64_t;

struct Value {
    std::string bytes;
    Revision revision = 0;  // the commit that wrote it
};

// Keys in [begin, end), in byte order; `reverse` walks from the end. An empty `end` means no bound.
struct Range {
    std::string begin;
    std::string end;
    bool reverse = false;
};

// The commit goes through only while `key` still has `revision` (0: while it is absent).
struct Compare {
    std::string key;
    Revision revision = 0;
};

struct Write {
    std::string key;
    std::optional<std::string> bytes;  // nullopt: remove
};

// A counter moves by `delta` at commit time without conflicting with other movers. Refused when `delta` is positive and
// the result would pass `max`. Counters live in a key space of their own and start at 0.
struct Add {
    std::string key;
    std::int64_t delta = 0;
    std::optional<std::int64_t> max;
};

struct Batch {
    std::vector<Compare> compares;
    std::vector<Write> writes;  // each key at most once
    std::vector<Add> adds;      // each key at most once
    std::string log;            // the change-log entry, stored under this commit's revision; empty: none
};

enum class Outcome {
    committed,   // durable
    conflict,    // a compare failed: nothing changed, run the transaction again
    over_bound,  // an add would pass its max: nothing changed, run the transaction again to see why
    // The disk or the server below refused (full, I/O error) or too many commits wait: 503. Nothing changed, but for
    // the rare commit that reached the disk and whose success could not be told. Later commits may succeed.
    failed
};

struct CommitResult {
    Outcome outcome = Outcome::committed;
    Revision revision = 0;  // of this commit
    std::string key;        // of the compare or add that failed
    std::string error;      // what went wrong when `failed`; for operators
};

struct LogEntry {
    Revision revision = 0;
    std::string bytes;
};

// Anything the disk or the server below did that a caller cannot mend.
class StoreError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A consistent view as of one revision. One thread at a time.
class Snapshot {
public:
    virtual ~Snapshot() = default;
    virtual Revision revision() const = 0;
    virtual std::optional<Value> get(std::string_view key) = 0;
    virtual std::int64_t counter(std::string_view key) = 0;
    // Calls `visit` for each key of the range in order until it returns false. The views live only during the call.
    using Visit = std::function<bool(std::string_view key, std::string_view bytes, Revision revision)>;
    virtual void scan(const Range& range, const Visit& visit) = 0;
    // As scan, over counters.
    virtual void scan_counters(const Range& range,
                               const std::function<bool(std::string_view key, std::int64_t value)>& visit) = 0;
};

class CommitListener {
public:
    virtual ~CommitListener() = default;
};

// All members: any thread.
class Engine {
public:
    virtual ~Engine() = default;
    // As new as every commit acknowledged before the call.
    virtual std::unique_ptr<Snapshot> snapshot() = 0;
    // Concurrent commits share one sync. `done` runs on a thread of the engine once the outcome is durable: return
    // quickly.
    virtual void commit(Batch batch, std::function<void(CommitResult)> done) = 0;
    virtual Revision last_revision() = 0;
    // Entries with revision > `after`, oldest first, at most `limit`. Throws StoreError when `after` is older than what
    // the log still covers (first_log_revision() - 1).
    virtual std::vector<LogEntry> read_log(Revision after, std::size_t limit) = 0;
    virtual Revision first_log_revision() = 0;
    // Drops log entries with a revision below `before`.
    virtual void trim_log(Revision before) = 0;
    // `on_commit` runs after each commit (or group of them) with the newest revision, on a thread of the engine, until
    // the returned object is destroyed. It returns quickly and never waits for a commit. A watcher reads the log from
    // where it stands.
    virtual std::unique_ptr<CommitListener> listen(std::function<void(Revision)> on_commit) = 0;
    // Writes a consistent copy into the folder `target`, which must not exist, while commits go on.
    virtual void backup(const std::filesystem::path& target) = 0;
};

// Synchronous form of commit(), for threads that may wait.
CommitResult commit_and_wait(Engine& engine, Batch batch);

// Everything in memory, nothing durable: unit tests and simulations. `done` runs before commit() returns.
std::unique_ptr<Engine> make_memory_engine();

}  // namespace cumulet::store

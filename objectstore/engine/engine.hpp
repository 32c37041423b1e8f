// The contract of an object engine: it keeps bytes, durably, and gives them back. What they mean stands in records
// above.
//
// Life of a blob: a writer takes its bytes; finish() makes them durable; the transaction that writes the owning record
// calls adopt(); the one that erases the record calls release() and, once that is committed, discard() gives the space
// back. A process that dies in between leaves bytes that nothing owns: sweep() finds them at the next start.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/http/message.hpp"
#include "objectstore/engine/blob.hpp"
#include "objectstore/engine/budget.hpp"
#include "objectstore/engine/engine_error.hpp"

namespace cumulet::store {
class Transaction;
}

namespace cumulet::objectstore {

using Done = std::function<void(std::exception_ptr)>;  // null: it went well
struct Finished {
    std::exception_ptr error;
    Blob blob;
};

// One upload. One thread at a time; calls need not wait for `done` of those before, but take effect in their order: who
// makes them bounds how many are under way. Destroyed before its blob was adopted by a committed transaction, it leaves
// nothing.
class BlobWriter {
public:
    virtual ~BlobWriter() = default;
    // Takes the next bytes. `done` may run before the call returns, or on a thread of the engine; it gets EngineError,
    // also where a write before failed.
    virtual void write(std::string piece, Done done) = 0;
    // Makes everything durable.
    virtual void finish(std::function<void(Finished)> done) = 0;
    // The owning record is committed: the bytes stay when this writer goes.
    virtual void keep() = 0;
};

// The bytes themselves, a file to send from, or a stream: what http::Response takes. A stream breaks off with an
// EngineError where it meets bytes that are not those written.
using BlobBody = decltype(http::Response::body);

struct WriteOptions {
    std::optional<std::uint64_t> expected;  // the length when it is known; others may come
    std::string scope;                      // whose key encrypts it where bytes are encrypted: an account
};

// All members: any thread.
class ObjectEngine {
public:
    virtual ~ObjectEngine() = default;
    // Throws EngineError.
    virtual std::unique_ptr<BlobWriter> writer(const WriteOptions& options) = 0;
    // `length` bytes from `offset` on, both within the blob; only bytes that agree with their checksums are given.
    // Throws EngineError. What is open stays readable when the blob is removed meanwhile.
    virtual BlobBody open(const Blob& blob, std::uint64_t offset, std::uint64_t length) = 0;
    // Blocks. Reads all of the blob and compares its checksums. Throws EngineError when it cannot be read.
    virtual bool verify(const Blob& blob) = 0;
    // Whether what is written now is encrypted.
    virtual bool encrypts() const = 0;
    // Where those who fill pieces for write() take their memory from.
    virtual Budget& budget() = 0;

    // Part of the caller's transaction: `blob` belongs, or no longer belongs, to the record named `owner`.
    virtual void adopt(store::Transaction& txn, const Blob& blob, const std::string& owner) = 0;
    virtual void release(store::Transaction& txn, const Blob& blob) = 0;
    // The release is committed: gives the space back, soon.
    virtual void discard(const Blob& blob) = 0;
    // Blocks. Removes what no record owns of what was there when the engine was opened; how many files went.
    virtual std::size_t sweep() = 0;
    // Blocks. Copies all bytes into the folder `target`, while the engine works. `records` is called first, to copy the
    // records: whatever they name is in the copy.
    virtual void backup(const std::filesystem::path& target, const std::function<void()>& records) = 0;
};

}  // namespace cumulet::objectstore

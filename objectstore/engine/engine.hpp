// The contract of an object engine: it keeps bytes, durably, and gives them back. What they mean stands in records
// above.
//
// Life of a blob: a writer takes its bytes; finish() makes them durable; the transaction that writes the owning record
// calls adopt(); the one that erases the record calls release() and, once that is committed, discard() gives the space
// back. A process that dies in between leaves bytes that nothing owns: sweep() finds them at the next start.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>

#include "common/http/message.hpp"
#include "objectstore/engine/blob.hpp"

namespace cumulet::store {
class Transaction;
}

namespace cumulet::objectstore {

class EngineError : public std::runtime_error {
public:
    enum class Kind {
        full,     // no room on the disk
        busy,     // too much waits already
        missing,  // the blob is not there
        failed    // the disk refused
    };
    EngineError(Kind kind, const std::string& what) : std::runtime_error(what), kind(kind) {}
    Kind kind;
};

using Done = std::function<void(std::exception_ptr)>;  // null: it went well
struct Finished {
    std::exception_ptr error;
    Blob blob;
};

// One upload. One call at a time: the next one only after `done` of the one before. Destroyed before its blob was
// adopted by a committed transaction, it leaves nothing.
class BlobWriter {
public:
    virtual ~BlobWriter() = default;
    // Takes the next bytes. `done` may run before the call returns, or on a thread of the engine; it gets EngineError.
    virtual void write(std::string piece, Done done) = 0;
    // Makes everything durable.
    virtual void finish(std::function<void(Finished)> done) = 0;
    // The owning record is committed: the bytes stay when this writer goes.
    virtual void keep() = 0;
};

// A file to send from, or a stream: what http::Response takes.
using BlobBody = std::variant<http::FileBody, std::shared_ptr<http::BodySource>>;

// All members: any thread.
class ObjectEngine {
public:
    virtual ~ObjectEngine() = default;
    // `expected` is the length when it is known; others may come.
    virtual std::unique_ptr<BlobWriter> writer(std::optional<std::uint64_t> expected) = 0;
    // `length` bytes from `offset` on, both within the blob. Throws EngineError. What is open stays readable when the
    // blob is removed meanwhile.
    virtual BlobBody open(const Blob& blob, std::uint64_t offset, std::uint64_t length) = 0;
    // Blocks. Reads all of the blob and compares its checksum. Throws EngineError when it cannot be read.
    virtual bool verify(const Blob& blob) = 0;

    // Part of the caller's transaction: `blob` belongs, or no longer belongs, to the record named `owner`.
    virtual void adopt(store::Transaction& txn, const Blob& blob, const std::string& owner) = 0;
    virtual void release(store::Transaction& txn, const Blob& blob) = 0;
    // The release is committed: gives the space back, soon.
    virtual void discard(const Blob& blob) = 0;
    // Blocks. Removes what no record owns of what was there when the engine was opened; how many files went.
    virtual std::size_t sweep() = 0;
};

}  // namespace cumulet::objectstore

// A body on its way to a durable blob. Included only where bytes stream.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/http/body.hpp"
#include "objectstore/engine/engine.hpp"
#include "objectstore/swift/md5.hpp"

namespace cumulet::objectstore::swift {

struct Uploaded {
    std::unique_ptr<BlobWriter> writer;  // keep() it once the record is committed
    Blob blob;
    std::string etag;  // MD5 in hex
};

// Bytes and the part of the memory for uploads that they stand in.
struct Piece {
    std::shared_ptr<Budget::Grant> grant;
    std::string bytes;
};

// Hashes on the caller's thread while the engine writes the pieces before: a large upload runs as fast as the slower of
// the two. Only so many pieces wait for the disk.
class Upload {
public:
    // Throws Fault 507 and 503.
    Upload(ObjectEngine& engine, std::optional<std::uint64_t> expected, std::string scope = {});
    ~Upload();
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    // Room for the next bytes, `wanted` or fewer. Where memory is scarce it waits until pieces before are written.
    // Throws Fault 503 when all memory for uploads is taken.
    http::Task<Piece> piece(std::uint64_t wanted);
    http::Task<void> add(Piece piece);
    http::Task<void> add(std::string bytes);
    http::Task<Uploaded> finish();
    std::uint64_t length() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// `scope`: whose key encrypts it where bytes are encrypted, an account. The whole body of a request; Fault 413 past
// `limit`, BodyError when the client breaks off.
http::Task<Uploaded> upload_body(ObjectEngine& engine, http::BodyReader& body, std::optional<std::uint64_t> expected,
                                 std::uint64_t limit, std::string scope = {});
http::Task<Uploaded> upload_text(ObjectEngine& engine, std::string text, std::string scope = {});

// Turns an engine's complaint into the fault that a client sees; other errors pass.
[[noreturn]] void throw_engine_fault(const std::exception_ptr& error);

}  // namespace cumulet::objectstore::swift

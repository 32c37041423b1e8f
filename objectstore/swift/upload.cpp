#include "objectstore/swift/upload.hpp"

#include <deque>

#include "common/api/awaiting.hpp"
#include "common/api/fault.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

constexpr std::size_t kPieceBytes = 128 * 1024;
constexpr std::size_t kAhead = 8;  // pieces that may wait for the disk while the next is received
// Smaller ones tell that memory is scarce: then one at most waits, however slow the disk is.
constexpr std::size_t kPlentyBytes = 64 * 1024;

using WriteDone = api::Slot<std::exception_ptr>;

http::Task<void> wait_until_written(std::shared_ptr<WriteDone> slot) {
    auto start = [slot](auto done) { slot->wait([slot, done] { done(slot->take()); }); };
    if (auto error = co_await api::wait_for<std::exception_ptr>(std::move(start))) throw_engine_fault(error);
}

std::unique_ptr<BlobWriter> make_writer(ObjectEngine& engine, std::optional<std::uint64_t> expected,
                                        std::string scope) {
    try {
        return engine.writer({.expected = expected, .scope = std::move(scope)});
    } catch (const EngineError&) {
        throw_engine_fault(std::current_exception());
    }
}

}  // namespace

void throw_engine_fault(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const EngineError& engine) {
        if (engine.kind == EngineError::Kind::full)
            throw Fault(Errc::insufficient_storage, "There is no room left for this object.").detail(engine.what());
        throw Fault(Errc::unavailable, "The object cannot be reached just now. Please try again.")
            .detail(engine.what());
    }
}

struct Upload::State {
    explicit State(Budget& budget) : budget(budget), memory(budget) {}

    Budget& budget;
    Budget::Upload memory;
    bool gathers = false;                 // the writer may keep what it gets in memory until the end
    std::shared_ptr<Budget::Grant> held;  // of that
    std::unique_ptr<BlobWriter> writer;
    Md5 md5;
    std::uint64_t length = 0;
    std::deque<std::shared_ptr<WriteDone>> writing;  // under way, oldest first

    http::Task<void> wait_for_oldest() {
        auto oldest = std::move(writing.front());
        writing.pop_front();
        co_await wait_until_written(std::move(oldest));
    }
};

Upload::Upload(ObjectEngine& engine, std::optional<std::uint64_t> expected, std::string scope)
    : state_(std::make_unique<State>(engine.budget())) {
    state_->gathers = !expected || *expected <= kPieceBytes;
    state_->writer = make_writer(engine, expected, std::move(scope));
}
Upload::~Upload() = default;

std::uint64_t Upload::length() const { return state_->length; }

http::Task<Piece> Upload::piece(std::uint64_t wanted) {
    wanted = std::min<std::uint64_t>(wanted, kPieceBytes);
    auto grant = state_->memory.take(wanted);
    while (!grant && !state_->writing.empty()) {
        co_await state_->wait_for_oldest();
        grant = state_->memory.take(wanted);
    }
    if (!grant) throw Fault(Errc::unavailable, "There are too many uploads just now. Please try again.");
    const auto size = grant.size();
    co_return Piece{std::make_shared<Budget::Grant>(std::move(grant)), state_->budget.buffer(size)};
}

http::Task<void> Upload::add(Piece piece) {
    state_->md5.add(piece.bytes);
    state_->length += piece.bytes.size();
    const auto may_wait = piece.bytes.size() < kPlentyBytes ? 1 : kAhead;
    while (state_->writing.size() >= may_wait) co_await state_->wait_for_oldest();
    auto slot = std::make_shared<WriteDone>();
    state_->writing.push_back(slot);
    // A small object stays in the writer's memory until the end.
    state_->held = state_->gathers && state_->length <= kPieceBytes ? piece.grant : nullptr;
    state_->writer->write(std::move(piece.bytes),
                          [slot, grant = std::move(piece.grant)](std::exception_ptr error) mutable {
                              grant.reset();
                              slot->set(error);
                          });
}

http::Task<void> Upload::add(std::string bytes) { return add(Piece{nullptr, std::move(bytes)}); }

http::Task<Uploaded> Upload::finish() {
    while (!state_->writing.empty()) co_await state_->wait_for_oldest();
    auto start = [this](auto done) { state_->writer->finish(std::move(done)); };
    Finished finished = co_await api::wait_for<Finished>(std::move(start));
    if (finished.error) throw_engine_fault(finished.error);
    co_return Uploaded{std::move(state_->writer), finished.blob, state_->md5.hex()};
}

http::Task<Uploaded> upload_body(ObjectEngine& engine, http::BodyReader& body, std::optional<std::uint64_t> expected,
                                 std::uint64_t limit, std::string scope) {
    Upload upload(engine, expected, std::move(scope));
    for (bool more = expected != 0; more;) {
        auto piece = co_await upload.piece(expected ? *expected - upload.length() : kPieceBytes);
        std::size_t filled = 0;
        while (filled < piece.bytes.size()) {
            const auto count = co_await body.read(std::span(piece.bytes).subspan(filled));
            if (count == 0) break;
            filled += count;
        }
        more = filled == piece.bytes.size() && upload.length() + filled != expected;
        piece.bytes.resize(filled);
        if (upload.length() + filled > limit)
            throw Fault(Errc::too_large, "The object is larger than {} bytes.", limit);
        if (filled > 0) co_await upload.add(std::move(piece));
    }
    co_return co_await upload.finish();
}

http::Task<Uploaded> upload_text(ObjectEngine& engine, std::string text, std::string scope) {
    Upload upload(engine, text.size(), std::move(scope));
    if (!text.empty()) co_await upload.add(std::move(text));
    co_return co_await upload.finish();
}

}  // namespace cumulet::objectstore::swift

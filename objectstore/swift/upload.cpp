#include "objectstore/swift/upload.hpp"

#include <openssl/evp.h>

#include "common/api/awaiting.hpp"
#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

constexpr std::size_t kPieceBytes = 128 * 1024;

class Md5 {
public:
    Md5() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr); }
    void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string hex() {
        std::string digest(EVP_MAX_MD_SIZE, '\0');
        unsigned size = 0;
        EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &size);
        return text::to_hex({digest.data(), size});
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

using WriteDone = api::Slot<std::exception_ptr>;

http::Task<void> wait_until_written(std::shared_ptr<WriteDone> slot) {
    auto start = [slot](auto done) { slot->wait([slot, done] { done(slot->take()); }); };
    if (auto error = co_await api::wait_for<std::exception_ptr>(std::move(start))) throw_engine_fault(error);
}

std::unique_ptr<BlobWriter> make_writer(ObjectEngine& engine, std::optional<std::uint64_t> expected) {
    try {
        return engine.writer(expected);
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
    std::unique_ptr<BlobWriter> writer;
    Md5 md5;
    std::uint64_t length = 0;
    std::shared_ptr<WriteDone> writing;  // null: nothing under way
};

Upload::Upload(ObjectEngine& engine, std::optional<std::uint64_t> expected) : state_(std::make_unique<State>()) {
    state_->writer = make_writer(engine, expected);
}
Upload::~Upload() = default;

std::uint64_t Upload::length() const { return state_->length; }

http::Task<void> Upload::add(std::string piece) {
    state_->md5.add(piece);
    state_->length += piece.size();
    if (state_->writing) co_await wait_until_written(std::exchange(state_->writing, nullptr));
    auto slot = std::make_shared<WriteDone>();
    state_->writing = slot;
    state_->writer->write(std::move(piece), [slot](std::exception_ptr error) { slot->set(error); });
}

http::Task<Uploaded> Upload::finish() {
    if (state_->writing) co_await wait_until_written(std::exchange(state_->writing, nullptr));
    auto start = [this](auto done) { state_->writer->finish(std::move(done)); };
    Finished finished = co_await api::wait_for<Finished>(std::move(start));
    if (finished.error) throw_engine_fault(finished.error);
    co_return Uploaded{std::move(state_->writer), finished.blob, state_->md5.hex()};
}

http::Task<Uploaded> upload_body(ObjectEngine& engine, http::BodyReader& body, std::optional<std::uint64_t> expected,
                                 std::uint64_t limit) {
    Upload upload(engine, expected);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, expected.value_or(kPieceBytes)));
    for (bool more = size > 0; more;) {
        std::string piece(size, '\0');
        std::size_t filled = 0;
        while (filled < piece.size()) {
            const auto count = co_await body.read(std::span(piece).subspan(filled));
            if (count == 0) break;
            filled += count;
        }
        more = filled == piece.size() && upload.length() + filled != expected;
        piece.resize(filled);
        if (upload.length() + filled > limit)
            throw Fault(Errc::too_large, "The object is larger than {} bytes.", limit);
        if (filled > 0) co_await upload.add(std::move(piece));
    }
    co_return co_await upload.finish();
}

http::Task<Uploaded> upload_text(ObjectEngine& engine, std::string text) {
    Upload upload(engine, text.size());
    if (!text.empty()) co_await upload.add(std::move(text));
    co_return co_await upload.finish();
}

std::string md5_of(std::string_view text) {
    Md5 md5;
    md5.add(text);
    return md5.hex();
}

}  // namespace cumulet::objectstore::swift

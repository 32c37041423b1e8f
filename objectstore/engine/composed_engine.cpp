#include "objectstore/engine/composed_engine.hpp"

#include <algorithm>

#include "common/http/body.hpp"
#include "common/runtime/log.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/files.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::size_t kPartsARow = 500;

// One part at a time, opened when its turn comes.
class PartsBody final : public http::BodySource {
public:
    struct Piece {
        Blob blob;
        std::uint64_t offset = 0, length = 0;
    };
    PartsBody(ObjectEngine& engine, std::vector<Piece> pieces) : engine_(engine), pieces_(std::move(pieces)) {
        for (const auto& piece : pieces_) length_ += piece.length;
    }
    std::optional<std::uint64_t> length() const override { return length_; }
    http::Task<std::size_t> read(std::span<char> buffer) override {
        for (;;) {
            if (!open_) {
                if (next_ == pieces_.size()) co_return 0;
                const auto& piece = pieces_[next_++];
                body_ = engine_.open(piece.blob, piece.offset, piece.length);
                done_ = 0;
                open_ = true;
            }
            if (const auto count = co_await read_body(buffer); count > 0) co_return count;
            open_ = false;
        }
    }

private:
    http::Task<std::size_t> read_body(std::span<char> buffer) {
        if (auto* source = std::get_if<std::shared_ptr<http::BodySource>>(&body_)) {
            if (!*source) co_return 0;
            co_return co_await (*source)->read(buffer);
        }
        const auto take = [&](std::uint64_t length) {
            return static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length - done_));
        };
        std::size_t count = 0;
        if (auto* text = std::get_if<std::string>(&body_)) {
            count = take(text->size());
            std::copy_n(text->data() + done_, count, buffer.data());
        } else {
            const auto& file = std::get<http::FileBody>(body_);
            count = take(file.length);
            if (count > 0 && read_at(file.file, buffer.data(), count, file.offset + done_) < count)
                throw EngineError(EngineError::Kind::failed, "an object is shorter than it was written");
        }
        done_ += count;
        co_return count;
    }

    ObjectEngine& engine_;
    const std::vector<Piece> pieces_;
    std::uint64_t length_ = 0;
    std::size_t next_ = 0;
    bool open_ = false;
    BlobBody body_;
    std::uint64_t done_ = 0;  // of a body that is a file or a text
};

class Composing final : public ComposingEngine {
public:
    Composing(store::Engine& store, ObjectEngine& below) : store_(store), below_(below) {}

    Blob compose(store::Transaction& txn, std::uint64_t id, std::span<const Blob> parts) override {
        Blob blob{.file = id, .composed = true};
        ComposedRow row{.id = id};
        for (const auto& part : parts) {
            blob.length += part.length;
            row.parts.push_back(part);
            if (row.parts.size() < kPartsARow) continue;
            txn.put(row, "composed");
            ++row.number;
            row.parts.clear();
        }
        if (!row.parts.empty()) txn.put(row, "composed");
        return blob;
    }
    std::vector<Blob> parts_of(const Blob& blob) override {
        if (!blob.composed) return {blob};
        store::Transaction txn(store_, {});
        std::vector<Blob> parts;
        for (auto& row : rows_of(txn, blob))
            parts.insert(parts.end(), std::make_move_iterator(row.parts.begin()),
                         std::make_move_iterator(row.parts.end()));
        if (parts.empty()) throw EngineError(EngineError::Kind::missing, "a composed blob is gone");
        return parts;
    }

    std::unique_ptr<BlobWriter> writer(const WriteOptions& options) override { return below_.writer(options); }
    BlobBody open(const Blob& blob, std::uint64_t offset, std::uint64_t length) override {
        if (!blob.composed) return below_.open(blob, offset, length);
        if (offset > blob.length || length > blob.length - offset)
            throw EngineError(EngineError::Kind::failed, "a range outside of its blob");
        std::vector<PartsBody::Piece> pieces;
        for (auto& part : parts_of(blob)) {
            if (offset >= part.length) {
                offset -= part.length;
                continue;
            }
            if (length == 0) break;
            const auto count = std::min(length, part.length - offset);
            pieces.push_back({std::move(part), std::exchange(offset, 0), count});
            length -= count;
        }
        if (pieces.size() == 1) return below_.open(pieces[0].blob, pieces[0].offset, pieces[0].length);
        return std::make_shared<PartsBody>(below_, std::move(pieces));
    }
    bool verify(const Blob& blob) override {
        const auto parts = parts_of(blob);
        return std::all_of(parts.begin(), parts.end(), [&](const Blob& part) { return below_.verify(part); });
    }
    bool encrypts() const override { return below_.encrypts(); }
    Budget& budget() override { return below_.budget(); }

    void adopt(store::Transaction& txn, const Blob& blob, const std::string& owner) override {
        if (!blob.composed) return below_.adopt(txn, blob, owner);
        for (auto& row : rows_of(txn, blob)) {
            for (const auto& part : row.parts) below_.adopt(txn, part, owner);
            if (!std::exchange(row.released, false)) continue;
            txn.put(row, "adopted");
        }
    }
    void release(store::Transaction& txn, const Blob& blob) override {
        if (!blob.composed) return below_.release(txn, blob);
        for (auto& row : rows_of(txn, blob)) {
            for (const auto& part : row.parts) below_.release(txn, part);
            row.released = true;
            txn.put(row, "released");
        }
    }
    void discard(const Blob& blob) override {
        if (!blob.composed) return below_.discard(blob);
        auto txn = std::make_shared<store::Transaction>(store_, store::Cause{.operation = "discard"});
        for (const auto& row : rows_of(*txn, blob)) {
            if (!row.released) continue;
            for (const auto& part : row.parts) below_.discard(part);
            txn->erase(row, "discarded");
        }
        txn->without_log();
        // One that does not come through leaves its rows to the next sweep.
        txn->commit([txn](store::CommitResult) {});
    }
    std::size_t sweep() override {
        std::size_t gone = 0;
        store::transact(store_, {.operation = "sweep"}, [&](store::Transaction& txn) {
            gone = 0;
            for (const auto& row : txn.scan<ComposedRow>({.index = "released"})) {
                txn.erase(row, "swept");
                ++gone;
            }
            txn.without_log();
        });
        return gone + below_.sweep();
    }
    void backup(const std::filesystem::path& target, const std::function<void()>& records) override {
        below_.backup(target, records);
    }

private:
    static std::vector<ComposedRow> rows_of(store::Transaction& txn, const Blob& blob) {
        return txn.scan<ComposedRow>({}, blob.file);
    }

    store::Engine& store_;
    ObjectEngine& below_;
};

}  // namespace

std::unique_ptr<ComposingEngine> make_composing_engine(store::Engine& store, ObjectEngine& below) {
    return std::make_unique<Composing>(store, below);
}

}  // namespace cumulet::objectstore

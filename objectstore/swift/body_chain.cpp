#include "objectstore/swift/body_chain.hpp"

#include "objectstore/engine/files.hpp"

namespace cumulet::objectstore::swift {

namespace {

class FileSource final : public http::BodySource {
public:
    explicit FileSource(http::FileBody body) : body_(std::move(body)) {}
    std::optional<std::uint64_t> length() const override { return body_.length; }
    http::Task<std::size_t> read(std::span<char> buffer) override {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), body_.length - done_));
        if (wanted == 0) co_return 0;
        read_exactly(body_.file, buffer.data(), wanted, body_.offset + done_);
        done_ += wanted;
        co_return wanted;
    }

private:
    http::FileBody body_;
    std::uint64_t done_ = 0;
};

class Chain final : public http::BodySource {
public:
    explicit Chain(std::vector<ChainPart> parts) : parts_(std::move(parts)) {
        for (const auto& part : parts_) length_ += part.length;
    }
    std::optional<std::uint64_t> length() const override { return length_; }
    http::Task<std::size_t> read(std::span<char> buffer) override {
        while (next_ < parts_.size() || current_) {
            if (!current_) {
                auto& part = parts_[next_++];
                current_ = part.open ? make_source(part.open()) : http::make_memory_source(std::move(part.text));
            }
            if (const auto count = co_await current_->read(buffer); count > 0) co_return count;
            current_.reset();
        }
        co_return 0;
    }

private:
    std::vector<ChainPart> parts_;
    std::uint64_t length_ = 0;
    std::size_t next_ = 0;
    std::shared_ptr<http::BodySource> current_;
};

}  // namespace

std::shared_ptr<http::BodySource> make_chain(std::vector<ChainPart> parts) {
    return std::make_shared<Chain>(std::move(parts));
}

std::shared_ptr<http::BodySource> make_source(BlobBody body) {
    if (auto* text = std::get_if<std::string>(&body)) return http::make_memory_source(std::move(*text));
    if (auto* file = std::get_if<http::FileBody>(&body)) return std::make_shared<FileSource>(std::move(*file));
    return std::get<std::shared_ptr<http::BodySource>>(body);
}

http::Task<std::string> read_whole(BlobBody body) {
    if (auto* text = std::get_if<std::string>(&body)) co_return std::move(*text);
    const auto source = make_source(std::move(body));
    std::string whole, piece(64 * 1024, '\0');
    while (const auto count = co_await source->read(piece)) whole.append(piece, 0, count);
    co_return whole;
}

}  // namespace cumulet::objectstore::swift

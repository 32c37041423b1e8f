#include "common/http/body.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cumulet::http {

namespace {

class Bytes {
public:
    explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
    std::size_t size() const { return bytes_.size(); }
    std::size_t take(std::span<char> buffer) {
        const auto count = std::min(buffer.size(), bytes_.size() - offset_);
        std::memcpy(buffer.data(), bytes_.data() + offset_, count);
        offset_ += count;
        return count;
    }

private:
    std::string bytes_;
    std::size_t offset_ = 0;
};

class MemoryReader final : public BodyReader {
public:
    explicit MemoryReader(std::string bytes) : bytes_(std::move(bytes)) {}
    Task<std::size_t> read(std::span<char> buffer) override { co_return bytes_.take(buffer); }

private:
    Bytes bytes_;
};

class MemorySource final : public BodySource {
public:
    explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
    std::optional<std::uint64_t> length() const override { return bytes_.size(); }
    Task<std::size_t> read(std::span<char> buffer) override { co_return bytes_.take(buffer); }

private:
    Bytes bytes_;
};

}  // namespace

Task<std::string> BodyReader::read_all(std::size_t limit) {
    constexpr std::size_t kFirst = 4096;
    constexpr std::size_t kMost = 256 * 1024;
    std::string bytes;
    std::size_t filled = 0;
    for (;;) {
        if (filled == bytes.size()) bytes.resize(filled + std::clamp(filled, kFirst, kMost));
        const auto count = co_await read(std::span(bytes).subspan(filled));
        if (count == 0) break;
        filled += count;
        if (filled > limit) throw BodyError(413, "the body is longer than " + std::to_string(limit) + " bytes");
    }
    bytes.resize(filled);
    co_return bytes;
}

Task<void> BodyReader::skip(std::size_t limit) {
    char dropped[4096];
    for (std::size_t total = 0; total <= limit;) {
        const auto count = co_await read(dropped);
        if (count == 0) break;
        total += count;
    }
}

std::shared_ptr<BodyReader> make_memory_reader(std::string bytes) {
    return std::make_shared<MemoryReader>(std::move(bytes));
}

std::shared_ptr<BodySource> make_memory_source(std::string bytes) {
    return std::make_shared<MemorySource>(std::move(bytes));
}

}  // namespace cumulet::http

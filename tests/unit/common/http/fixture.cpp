#include "fixture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cumulet::http::test {

namespace {

class FailingSource final : public BodySource {
public:
    std::optional<std::uint64_t> length() const override { return 5000; }
    Task<std::size_t> read(std::span<char>) override {
        throw std::runtime_error("a secret detail");
        co_return 0;
    }
};

class StreamedText final : public BodySource {
public:
    StreamedText(std::size_t size, bool breaks) : text_(pattern(size)), breaks_(breaks) {}
    std::optional<std::uint64_t> length() const override { return std::nullopt; }
    Task<std::size_t> read(std::span<char> buffer) override {
        if (breaks_ && offset_ > 0) throw std::runtime_error("the source broke");
        const auto count = std::min({buffer.size(), text_.size() - offset_, std::size_t{1000}});
        std::copy_n(text_.data() + offset_, count, buffer.data());
        offset_ += count;
        co_return count;
    }

private:
    std::string text_;
    bool breaks_;
    std::size_t offset_ = 0;
};

std::size_t number_after(const std::string& path, std::size_t prefix) { return std::stoull(path.substr(prefix)); }

}  // namespace

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 12345;
    for (auto& byte : bytes) byte = static_cast<char>('a' + ((state = state * 1664525 + 1013904223) >> 24) % 26);
    return bytes;
}

Response respond(Request&, std::string body) {
    Response response;
    response.headers.set("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
}

Task<Response> sample_handler(Request& request) {
    if (request.path == "/echo") co_return respond(request, co_await request.body->read_all(64u << 20));
    if (request.path == "/ignore") co_return respond(request, "ignored");
    if (request.path == "/limit") co_return respond(request, co_await request.body->read_all(10));
    if (request.path == "/throw") throw std::runtime_error("a secret detail");
    if (request.path.starts_with("/size/")) co_return respond(request, pattern(number_after(request.path, 6)));
    if (request.path == "/failing") {
        auto response = respond(request, {});
        response.body = std::make_shared<FailingSource>();
        co_return response;
    }
    if (request.path.starts_with("/stream/") || request.path == "/broken") {
        auto response = respond(request, {});
        const bool broken = request.path == "/broken";
        response.body = std::make_shared<StreamedText>(broken ? 5000 : number_after(request.path, 8), broken);
        co_return response;
    }
    const auto body = co_await request.body->read_all(1 << 20);
    co_return respond(request,
                      fmt::format("{} {} {} {}", request.method_text, request.path, request.query, body.size()));
}

}  // namespace cumulet::http::test

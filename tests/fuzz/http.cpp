// The parsers of common/http. The first byte of the input chooses one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/http/chunked.hpp"
#include "common/http/form_data.hpp"
#include "common/http/head.hpp"
#include "common/http/message.hpp"
#include "common/http/range.hpp"
#include "common/http/url.hpp"

namespace http = cumulet::http;

namespace {

void must(bool condition) {
    if (!condition) std::abort();
}

void range(std::string_view text) {
    if (text.empty()) return;
    const auto length = static_cast<std::uint64_t>(static_cast<unsigned char>(text[0])) * 1000;
    const auto result = http::parse_range(text.substr(1), length);
    must((result.kind == http::RangeKind::partial) == !result.ranges.empty());
    for (const auto& part : result.ranges) must(part.first <= part.last && part.last < length);
}

void query(std::string_view text) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : http::parse_query(text)) bytes += name.size() + value.size();
    must(bytes <= text.size());
}

// Whole, or byte by byte into a small buffer: the same.
struct Decoded {
    std::string bytes;
    std::size_t consumed = 0;
    bool done = false, failed = false;
    bool operator==(const Decoded&) const = default;
};
Decoded decode(std::string_view text, std::size_t piece, std::size_t room) {
    http::ChunkedDecoder decoder;
    Decoded result;
    std::string buffer(room, '\0');
    while (result.consumed < text.size() && !decoder.done() && !decoder.failed()) {
        const auto step = decoder.decode(text.substr(result.consumed, piece), buffer);
        must(step.produced <= step.consumed && step.produced <= room && step.consumed > 0);
        result.bytes.append(buffer, 0, step.produced);
        result.consumed += step.consumed;
    }
    result.done = decoder.done();
    result.failed = decoder.failed();
    return result;
}
void chunked(std::string_view text) { must(decode(text, text.size(), text.size() + 1) == decode(text, 1, 1)); }

void request(std::string_view text) {
    http::HeadScanner scanner, slow;
    const auto found = scanner.scan(text);
    auto found_slowly = http::HeadScanner::Found::incomplete;
    for (std::size_t i = 1; i <= text.size() && found_slowly == http::HeadScanner::Found::incomplete; ++i)
        found_slowly = slow.scan(text.substr(0, i));
    must(found == found_slowly && scanner.size() == slow.size());
    if (found != http::HeadScanner::Found::complete) return;
    http::Request request;
    http::HeadInfo info;
    if (http::parse_request_head(text.substr(0, scanner.size()), request, info)) return;
    must(!request.path.empty() && !request.method_text.empty());
    must(request.headers.all("Content-Length").size() + request.headers.all("Transfer-Encoding").size() <= 1);
    must(info.framing != http::Framing::until_close);
    must((info.framing == http::Framing::chunked) == request.headers.has("Transfer-Encoding"));
}

void response(std::string_view text) {
    http::HeadScanner scanner;
    if (scanner.scan(text) != http::HeadScanner::Found::complete) return;
    int status = 0;
    http::Headers headers;
    http::HeadInfo info;
    if (http::parse_response_head(text.substr(0, scanner.size()), false, status, headers, info)) return;
    must(status >= 0 && status <= 999);
    must(info.framing != http::Framing::until_close || !info.keep_alive);
}

void url(std::string_view text) {
    const auto url = http::parse_url(text);
    if (!url) return;
    must(!url->host.empty() && url->port > 0 && url->target.starts_with('/'));
    must(url->target.find_first_of(" \r\n") == std::string::npos);
}

class Pieces final : public http::BodyReader {
public:
    Pieces(std::string_view bytes, std::size_t size) : left_(bytes), size_(size) {}
    http::Task<std::size_t> read(std::span<char> buffer) override {
        const auto count = left_.copy(buffer.data(), std::min(size_, buffer.size()));
        left_.remove_prefix(count);
        co_return count;
    }

private:
    std::string_view left_;
    const std::size_t size_;
};

http::Task<std::string> parts_of(std::string_view text, std::size_t size) {
    Pieces body(text, size);
    http::FormReader reader(body, "b");
    std::string out;
    try {
        while (const auto part = co_await reader.next())
            out += part->name + '\0' + part->filename.value_or("-") + '\0' + co_await reader.read_text(1000) + '\0';
    } catch (const http::BodyError&) {
        out += "!";
    }
    co_return out;
}

// However it is cut, it has the same parts.
void form(std::string_view text) {
    std::string whole, cut;
    boost::asio::io_context context(1);
    const auto into = [](std::string& out) {
        return [&out](std::exception_ptr error, std::string text) {
            must(!error);
            out = std::move(text);
        };
    };
    boost::asio::co_spawn(context, parts_of(text, text.size() + 1), into(whole));
    boost::asio::co_spawn(context, parts_of(text, 1), into(cut));
    context.run();
    must(whole == cut);
    http::form_boundary(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
        case 'r':
            range(text);
            break;
        case 'q':
            query(text);
            break;
        case 'c':
            chunked(text);
            break;
        case 'h':
            request(text);
            break;
        case 'a':
            response(text);
            break;
        case 'f':
            form(text);
            break;
        case 'u':
            url(text);
            break;
        default:
            return -1;
    }
    return 0;
}

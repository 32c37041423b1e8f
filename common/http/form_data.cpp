#include "common/http/form_data.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"

namespace cumulet::http {

namespace {

constexpr std::size_t kPiece = 16 * 1024;
constexpr std::size_t kMaxLine = 4096, kMaxHeaders = 32;

BodyError broken(const char* why) { return BodyError(400, std::string("malformed multipart/form-data: ") + why); }

// A parameter of a header: name="value", name=value. In quotes browsers escape '"' as %22 or \".
std::optional<std::string> parameter(std::string_view header, std::string_view wanted) {
    std::size_t at = header.find(';');
    while (at != std::string_view::npos && at < header.size()) {
        ++at;
        while (at < header.size() && (header[at] == ' ' || header[at] == '\t')) ++at;
        const auto equals = header.find_first_of("=;", at);
        if (equals == std::string_view::npos) return std::nullopt;
        if (header[equals] == ';') {
            at = equals;
            continue;
        }
        const auto name = text::trim(header.substr(at, equals - at));
        std::string value;
        at = equals + 1;
        if (at < header.size() && header[at] == '"') {
            for (++at; at < header.size() && header[at] != '"'; ++at) {
                if (header[at] == '\\' && at + 1 < header.size() && header[at + 1] == '"') ++at;
                value += header[at];
            }
            at = header.find(';', at);
        } else {
            const auto end = header.find(';', at);
            value = text::trim(header.substr(at, end == std::string_view::npos ? end : end - at));
            at = end;
        }
        if (text::iequals(name, wanted)) return value;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
    if (!text::iequals(text::trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data"))
        return std::nullopt;
    auto boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70) return std::nullopt;
    return boundary;
}

FormReader::FormReader(BodyReader& body, std::string_view boundary)
    : body_(body), delimiter_("\r\n--" + std::string(boundary)) {}

Task<bool> FormReader::fill() {
    buffer_.erase(0, at_);
    at_ = 0;
    const auto before = buffer_.size();
    buffer_.resize(before + kPiece);
    const auto count = co_await body_.read(std::span(buffer_).subspan(before));
    buffer_.resize(before + count);
    co_return count > 0;
}

Task<std::size_t> FormReader::read(std::span<char> buffer) {
    if (!in_part_ || buffer.empty()) co_return 0;
    for (;;) {
        const auto found = buffer_.find(delimiter_, at_);
        // What could be the begin of a delimiter is not data yet.
        const auto end = found != std::string::npos           ? found
                         : buffer_.size() > delimiter_.size() ? buffer_.size() - delimiter_.size()
                                                              : 0;
        if (found == at_) {
            at_ += delimiter_.size();
            in_part_ = false;
            co_return 0;
        }
        if (end > at_) {
            const auto count = std::min(buffer.size(), end - at_);
            std::copy_n(buffer_.data() + at_, count, buffer.data());
            at_ += count;
            co_return count;
        }
        if (!co_await fill()) throw broken("it ends within a part");
    }
}

Task<std::string> FormReader::read_line(std::size_t max) {
    for (;;) {
        const auto end = buffer_.find("\r\n", at_);
        if (end != std::string::npos && end - at_ <= max) {
            auto line = buffer_.substr(at_, end - at_);
            at_ = end + 2;
            co_return line;
        }
        if (buffer_.size() - at_ > max) throw broken("a line is too long");
        if (!co_await fill()) throw broken("it ends within a header");
    }
}

Task<std::optional<FormPart>> FormReader::next() {
    std::string dropped(kPiece, '\0');
    while (co_await read(dropped) > 0) {
    }
    if (done_) co_return std::nullopt;
    while (buffer_.size() - at_ < 2)
        if (!co_await fill()) throw broken("it ends within a boundary");
    if (buffer_.compare(at_, 2, "--") == 0) {
        done_ = true;
        co_return std::nullopt;
    }
    if (!text::trim(co_await read_line(kMaxLine)).empty()) throw broken("a boundary does not end its line");
    FormPart part;
    bool named = false;
    for (std::size_t count = 0;; ++count) {
        const auto line = co_await read_line(kMaxLine);
        if (line.empty()) break;
        if (count == kMaxHeaders) throw broken("a part has too many headers");
        const auto colon = line.find(':');
        if (colon == std::string::npos) throw broken("a header has no colon");
        const auto name = text::trim(std::string_view(line).substr(0, colon));
        const auto value = text::trim(std::string_view(line).substr(colon + 1));
        if (text::iequals(name, "Content-Type")) part.content_type = value;
        if (text::iequals(name, "Content-Encoding")) part.content_encoding = value;
        if (!text::iequals(name, "Content-Disposition")) continue;
        const auto found = parameter(value, "name");
        if (!found) throw broken("a part has no name");
        part.name = *found;
        part.filename = parameter(value, "filename");
        named = true;
    }
    if (!named) throw broken("a part has no name");
    in_part_ = true;
    co_return part;
}

Task<std::string> FormReader::read_text(std::size_t limit) {
    std::string text, piece(4096, '\0');
    while (const auto count = co_await read(piece)) {
        if (text.size() + count > limit) throw BodyError(413, "a field of the form is too large");
        text.append(piece, 0, count);
    }
    co_return text;
}

}  // namespace cumulet::http

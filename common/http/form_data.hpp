// multipart/form-data (RFC 7578) as it comes: field by field, files as streams. Included only where bytes stream.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/body.hpp"

namespace cumulet::http {

struct FormPart {
    std::string name;
    std::optional<std::string> filename;  // as sent; a path on the client's machine stays one
    std::string content_type;             // empty: not said
    std::string content_encoding;         // likewise
};

// "boundary" of a Content-Type; nullopt: it is no form with files, or has none that could be one.
std::optional<std::string> form_boundary(std::string_view content_type);

// Reads a part only as far as it is asked for; next() drops the rest of it. Holds a few KiB. Not thread-safe.
class FormReader {
public:
    // `body` outlives it.
    FormReader(BodyReader& body, std::string_view boundary);

    // The part that follows; nullopt behind the last one. Throws BodyError 400 for what is no form, or ends early.
    Task<std::optional<FormPart>> next();
    // Data of the part; 0 at its end. Throws BodyError 400.
    Task<std::size_t> read(std::span<char> buffer);
    // The rest of the part as text; BodyError 413 past `limit` bytes.
    Task<std::string> read_text(std::size_t limit);

private:
    Task<bool> fill();                             // false at the end of the body
    Task<std::string> read_line(std::size_t max);  // without its CRLF

    BodyReader& body_;
    const std::string delimiter_;  // "\r\n--boundary"
    std::string buffer_ = "\r\n";  // so that the first boundary is found like all others
    std::size_t at_ = 0;
    bool in_part_ = true;  // what comes before the first boundary is a part that nobody reads
    bool done_ = false;
};

}  // namespace cumulet::http

// Headers of messages: where they end in a buffer, and what they say. Free of I/O; Beast does the parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace cumulet::http {

// Looks for the end of a header in a growing buffer without looking at a byte twice.
class HeadScanner {
public:
    enum class Found { incomplete, complete, malformed };
    Found scan(std::string_view buffer);
    std::size_t size() const { return end_; }  // of the header with its empty line, once complete

private:
    std::size_t scanned_ = 0;
    std::size_t line_start_ = 0;
    std::size_t end_ = 0;
};

enum class Framing { none, length, chunked, until_close };

// What the connection must know of a message, apart from what handlers see.
struct HeadInfo {
    bool http11 = true;
    bool keep_alive = true;
    bool expect_continue = false;
    Framing framing = Framing::none;
    std::uint64_t length = 0;
};

// Why a header is refused: the status to answer and a sentence for the client.
struct HeadFault {
    int status = 400;
    std::string what;
};

// `head` ends with the empty line. Fills method, target, path, query, headers and content_length.
std::optional<HeadFault> parse_request_head(std::string_view head, Request& request, HeadInfo& info);

// `to_head`: the answer to a HEAD request, which never has a body.
std::optional<HeadFault> parse_response_head(std::string_view head, bool to_head, int& status, Headers& headers,
                                             HeadInfo& info);

// How a response is framed, and its header as bytes.
struct ResponsePlan {
    bool http11 = true;
    bool keep_alive = true;  // in: what the connection would like; out: what the header says
    bool to_head = false;
    bool chunked = false;   // out
    bool send_body = true;  // out
};
std::string_view cached_http_date();
void append_response_head(std::string& out, const Response& response, ResponsePlan& plan, std::string_view server_name);

}  // namespace cumulet::http

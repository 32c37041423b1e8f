#include "common/http/head.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <limits>

namespace cumulet::http {

namespace beast = boost::beast;

namespace {

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

bool same_word(std::string_view a, std::string_view b) {
    return beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

// Beast hands over each part; nothing is kept twice.
template <bool IsRequest>
class Parser final : public beast::http::basic_parser<IsRequest> {
public:
    Parser(Headers& headers) : headers_(headers) {
        this->header_limit(std::numeric_limits<std::uint32_t>::max());
        this->body_limit(boost::none);
    }

    std::string_view method, target;
    int status = 0;
    int version = 11;
    int hosts = 0, lengths = 0, codings = 0;
    // Copies: the value of a folded line is only lent for the call.
    std::string length, coding, expect;

private:
    using Error = beast::error_code;
    void on_request_impl(beast::http::verb, beast::string_view method_text, beast::string_view target_text, int v,
                         Error&) override {
        method = view(method_text);
        target = view(target_text);
        version = v;
    }
    void on_response_impl(int code, beast::string_view, int v, Error&) override {
        status = code;
        version = v;
    }
    void on_field_impl(beast::http::field name, beast::string_view text, beast::string_view value, Error&) override {
        headers_.add(view(text), std::string(view(value)));
        switch (name) {
            case beast::http::field::host:
                ++hosts;
                break;
            case beast::http::field::content_length:
                ++lengths;
                length = view(value);
                break;
            case beast::http::field::transfer_encoding:
                ++codings;
                coding = view(value);
                break;
            case beast::http::field::expect:
                expect = view(value);
                break;
            default:
                break;
        }
    }
    void on_header_impl(Error&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(beast::string_view body, Error&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, Error&) override { return body.size(); }
    void on_finish_impl(Error&) override {}

    Headers& headers_;
};

// RFC 9112, 6.3, read as strictly as a server may: whatever two readers could understand differently is refused.
std::optional<HeadFault> decide_framing(const Parser<true>& parser, HeadInfo& info) {
    if (parser.lengths > 1) return HeadFault{400, "more than one Content-Length"};
    if (parser.codings > 0) {
        if (parser.lengths > 0) return HeadFault{400, "both Content-Length and Transfer-Encoding"};
        if (parser.codings > 1) return HeadFault{400, "more than one Transfer-Encoding"};
        if (!info.http11) return HeadFault{400, "Transfer-Encoding in an HTTP/1.0 request"};
        if (!same_word(parser.coding, "chunked")) return HeadFault{501, "the only Transfer-Encoding known is chunked"};
        info.framing = Framing::chunked;
        return std::nullopt;
    }
    if (parser.lengths == 0) return std::nullopt;
    if (parser.length.empty() || parser.length.size() > 18 ||
        parser.length.find_first_not_of("0123456789") != std::string_view::npos)
        return HeadFault{400, "Content-Length is not a number"};
    for (const char digit : parser.length) info.length = info.length * 10 + static_cast<std::uint64_t>(digit - '0');
    info.framing = info.length > 0 ? Framing::length : Framing::none;
    return std::nullopt;
}

// A target may be a path, "*", or an absolute URL, as sent to proxies.
std::optional<HeadFault> split_target(Request& request) {
    std::string_view rest = request.target;
    if (rest.front() != '/' && rest != "*") {
        const auto scheme = rest.find("://");
        if (scheme == std::string_view::npos) return HeadFault{400, "the request target is neither a path nor a URL"};
        rest.remove_prefix(scheme + 3);
        const auto path = rest.find_first_of("/?");
        rest = path == std::string_view::npos ? std::string_view{} : rest.substr(path);
    }
    const auto query = rest.find('?');
    request.path = rest.substr(0, query);
    if (request.path.empty()) request.path = "/";
    if (query != std::string_view::npos) request.query = rest.substr(query + 1);
    return std::nullopt;
}

// Whether the request line is right but for the version.
bool other_version(std::string_view head) {
    const auto target = head.find(' ');
    const auto version = target == std::string_view::npos ? target : head.find(' ', target + 1);
    return version != std::string_view::npos && head.substr(version + 1).starts_with("HTTP/");
}

HeadFault to_fault(const beast::error_code& error, std::string_view head) {
    if (error == beast::http::error::bad_version && other_version(head))
        return {505, "the HTTP version is not supported"};
    return {400, error.message()};
}

}  // namespace

HeadScanner::Found HeadScanner::scan(std::string_view buffer) {
    while (scanned_ < buffer.size()) {
        const auto* found =
            static_cast<const char*>(std::memchr(buffer.data() + scanned_, '\n', buffer.size() - scanned_));
        if (found == nullptr) {
            scanned_ = buffer.size();
            break;
        }
        const auto at = static_cast<std::size_t>(found - buffer.data());
        if (at == line_start_ || buffer[at - 1] != '\r') return Found::malformed;
        scanned_ = at + 1;
        if (at == line_start_ + 1) {
            end_ = at + 1;
            return Found::complete;
        }
        line_start_ = at + 1;
    }
    return Found::incomplete;
}

std::optional<HeadFault> parse_request_head(std::string_view head, Request& request, HeadInfo& info) {
    // RFC 9112, 5.2: not every reader joins folded lines the same way.
    if (head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos)
        return HeadFault{400, "a header field goes over several lines"};
    Parser<true> parser(request.headers);
    beast::error_code error;
    parser.put({head.data(), head.size()}, error);
    if (error) return to_fault(error, head);
    request.method_text = parser.method;
    request.method = parse_method(parser.method);
    request.target = parser.target;
    info.http11 = parser.version >= 11;
    info.keep_alive = parser.keep_alive();
    if (info.http11 && parser.hosts != 1) return HeadFault{400, "exactly one Host is needed"};
    if (auto fault = decide_framing(parser, info)) return fault;
    if (!parser.expect.empty()) {
        if (!same_word(parser.expect, "100-continue"))
            return HeadFault{417, "the only expectation known is 100-continue"};
        info.expect_continue = info.http11 && info.framing != Framing::none;
    }
    if (info.framing != Framing::chunked && parser.lengths > 0) request.content_length = info.length;
    return split_target(request);
}

std::optional<HeadFault> parse_response_head(std::string_view head, bool to_head, int& status, Headers& headers,
                                             HeadInfo& info) {
    Parser<false> parser(headers);
    parser.skip(to_head);
    beast::error_code error;
    parser.put({head.data(), head.size()}, error);
    if (error) return to_fault(error, head);
    status = parser.status;
    info.http11 = parser.version >= 11;
    info.keep_alive = parser.keep_alive();
    if (to_head || status < 200 || status == 204 || status == 304) {
        info.framing = Framing::none;
    } else if (parser.chunked()) {
        info.framing = Framing::chunked;
    } else if (const auto length = parser.content_length()) {
        info.length = *length;
        info.framing = info.length > 0 ? Framing::length : Framing::none;
    } else {
        info.framing = Framing::until_close;
        info.keep_alive = false;
    }
    return std::nullopt;
}

}  // namespace cumulet::http

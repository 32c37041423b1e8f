#include <fmt/format.h>
#include <strings.h>
#include <time.h>

#include <charconv>

#include "common/http/body.hpp"
#include "common/http/head.hpp"
#include "common/runtime/clock.hpp"

namespace cumulet::http {

namespace {

bool is(std::string_view name, std::string_view wanted) {
    return name.size() == wanted.size() && strncasecmp(name.data(), wanted.data(), name.size()) == 0;
}

// Values may hold what users gave as metadata: a line break in one must not begin a header of the user's choice.
void append_value(std::string& out, std::string_view value) {
    for (const char c : value) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

bool is_token(std::string_view name) {
    if (name.empty()) return false;
    for (const char c : name) {
        const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!word && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos) return false;
    }
    return true;
}

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

std::optional<std::uint64_t> body_length(const Response& response) {
    if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
    if (const auto* file = std::get_if<FileBody>(&response.body)) return file->length;
    const auto& source = std::get<std::shared_ptr<BodySource>>(response.body);
    return source ? source->length() : 0;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

struct Own {
    bool date = false;
    bool server = false;
    std::optional<std::uint64_t> length;
    bool keep_alive = false;  // said in so many words, though HTTP/1.1 means it anyway
};

// What the handler set, without what is the connection's business.
Own append_handler_headers(std::string& out, const Response& response, ResponsePlan& plan) {
    Own own;
    for (const auto& [name, value] : response.headers) {
        if (is(name, "Content-Length")) {
            own.length = parse_number(value);
            continue;
        }
        if (is(name, "Connection")) {
            if (is(value, "close")) plan.keep_alive = false;
            own.keep_alive = is(value, "keep-alive");
            continue;
        }
        if (is(name, "Transfer-Encoding") || !is_token(name)) continue;
        own.date = own.date || is(name, "Date");
        own.server = own.server || is(name, "Server");
        out.append(name).append(": ");
        append_value(out, value);
        out.append("\r\n");
    }
    return own;
}

void append_framing(std::string& out, const Response& response, const Own& own, ResponsePlan& plan) {
    const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
    plan.send_body = !bodiless && !plan.to_head;
    auto length = plan.send_body || !(response.announced_length || own.length) ? body_length(response)
                  : response.announced_length                                  ? response.announced_length
                                                                               : own.length;
    // A length of nothing is said only where the handler insists: RFC 9110 has none with 204, some clients want it.
    const bool insists = response.status == 304 ? response.announced_length || own.length
                                                : response.status == 204 && response.announced_length == 0;
    if (bodiless && !insists) return;
    if (length) {
        out.append("Content-Length: ");
        append_number(out, *length);
        out.append("\r\n");
    } else if (plan.http11) {
        plan.chunked = true;
        out.append("Transfer-Encoding: chunked\r\n");
    } else {
        plan.keep_alive = false;  // the end of the connection is the end of the body
    }
}

}  // namespace

std::string_view cached_http_date() {
    thread_local time_t second = 0;
    thread_local std::string text;
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != second) {
        second = now.tv_sec;
        text = to_http_date(Timestamp{std::chrono::seconds{second}});
    }
    return text;
}

void append_response_head(std::string& out, const Response& response, ResponsePlan& plan,
                          std::string_view server_name) {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(response.status));
    out += ' ';
    append_value(out, response.reason.empty() ? standard_reason(response.status) : response.reason);
    out.append("\r\n");
    const auto own = append_handler_headers(out, response, plan);
    append_framing(out, response, own, plan);
    if (!own.date) out.append("Date: ").append(cached_http_date()).append("\r\n");
    if (!own.server && !server_name.empty()) out.append("Server: ").append(server_name).append("\r\n");
    if (!plan.keep_alive) {
        out.append("Connection: close\r\n");
    } else if (!plan.http11 || own.keep_alive) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
}

}  // namespace cumulet::http

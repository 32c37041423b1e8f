// HTTP messages as the rest of the system sees them. No Asio, no Beast.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cumulet::http {

enum class Method { get, head, post, put, patch, del, options, copy, report, other };
std::string_view to_string(Method method);
Method parse_method(std::string_view text);

// Header fields in the order they came; names compare without case.
class Headers {
public:
    // The first value, or nullopt.
    std::optional<std::string_view> get(std::string_view name) const;
    std::string value_or(std::string_view name, std::string_view fallback) const;
    bool has(std::string_view name) const { return get(name).has_value(); }
    std::vector<std::string_view> all(std::string_view name) const;
    void set(std::string_view name, std::string value);  // replaces
    void add(std::string_view name, std::string value);  // appends
    void remove(std::string_view name);
    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }
    std::size_t size() const { return fields_.size(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

class BodyReader;  // body.hpp: the request's body as a stream

struct Request {
    Method method = Method::get;
    std::string method_text;  // as sent
    std::string target;       // as sent: path and query
    std::string path;         // as sent, without the query, still percent-encoded
    std::string query;        // after '?', still encoded
    Headers headers;
    std::string remote_address;
    bool secure = false;                          // came over TLS
    std::string peer_name;                        // subject CN of the verified client certificate, else empty
    std::optional<std::uint64_t> content_length;  // nullopt: chunked or none
    std::shared_ptr<BodyReader> body;             // never null
};

// Query parameters in order, decoded ('+' is a space). Broken escapes are kept as they are.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

// `length` bytes of an open file from `offset`, sent with sendfile where the connection allows. Owns the descriptor
// through `file`, whose deleter closes it.
struct FileBody {
    std::shared_ptr<int> file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

class Upgrade;     // websocket.hpp
class BodySource;  // body.hpp: a response body produced piece by piece

struct Response {
    int status = 200;
    std::string reason;  // empty: the standard phrase
    Headers headers;
    // The server adds Content-Length (or chunked coding for a source without a length), Date and Connection.
    std::variant<std::string, FileBody, std::shared_ptr<BodySource>> body;
    // For HEAD and 304: the length to announce although no body is sent.
    std::optional<std::uint64_t> announced_length;
    // Takes the connection over and answers by itself; made by relay_websocket().
    std::shared_ptr<Upgrade> upgrade;
};

std::string_view standard_reason(int status);

}  // namespace cumulet::http

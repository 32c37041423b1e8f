#include <catch2/catch.hpp>

#include "common/http/chunked.hpp"
#include "common/http/head.hpp"
#include "common/http/message.hpp"
#include "common/http/range.hpp"
#include "common/http/url.hpp"

using namespace cumulet::http;

namespace {

using Ranges = std::vector<ByteRange>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// What the decoder makes of `input` given in pieces; "!" when it refuses.
std::string decode(std::string_view input, std::size_t piece, std::size_t room) {
    ChunkedDecoder decoder;
    std::string out, buffer(room, '\0');
    std::string pending;
    while (!input.empty() || !pending.empty()) {
        const auto taken = input.substr(0, piece);
        pending += taken;
        input.remove_prefix(taken.size());
        for (;;) {
            const auto step = decoder.decode(pending, buffer);
            out.append(buffer, 0, step.produced);
            pending.erase(0, step.consumed);
            if (step.consumed == 0) break;
        }
        if (decoder.failed()) return "!";
        if (decoder.done()) return out + (pending.empty() ? "" : "|" + pending);
        if (input.empty()) return out + "...";
    }
    return out + "...";
}

}  // namespace

TEST_CASE("a body may have any number of chunks, but not of extensions") {
    std::string body, whole;
    for (int i = 0; i < 20'000; ++i) {
        body += "1\r\nx\r\n";
        whole += 'x';
    }
    REQUIRE(decode(body + "0\r\n\r\n", 1000, 1000) == whole);
    std::string padded;
    for (int i = 0; i < 2'000; ++i) padded += "1;name=value\r\nx\r\n";
    REQUIRE(decode(padded + "0\r\n\r\n", 1000, 1000) == "!");
    REQUIRE(decode(std::string(100, '0') + "1\r\nx\r\n0\r\n\r\n", 1000, 1000) == "!");
}

TEST_CASE("ranges are understood as RFC 9110 says") {
    CHECK(parse_range("bytes=0-9", 100).ranges == Ranges{{0, 9}});
    CHECK(parse_range("bytes=90-", 100).ranges == Ranges{{90, 99}});
    CHECK(parse_range("bytes=-5", 100).ranges == Ranges{{95, 99}});
    CHECK(parse_range("bytes=-500", 100).ranges == Ranges{{0, 99}});
    CHECK(parse_range("bytes=50-5000", 100).ranges == Ranges{{50, 99}});
    CHECK(parse_range(" Bytes = 0-0 , 5-6,, -1 ", 100).ranges == Ranges{{0, 0}, {5, 6}, {99, 99}});
    CHECK(parse_range("bytes=0-99999999999999999999999999", 100).ranges == Ranges{{0, 99}});
    CHECK(parse_range("bytes=200-300,4-5", 100).ranges == Ranges{{4, 5}});
    CHECK(parse_range("bytes=0-0", 1).kind == RangeKind::partial);
}

TEST_CASE("ranges outside of the length are unsatisfiable") {
    for (const auto* header : {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"})
        CHECK(parse_range(header, 100).kind == RangeKind::unsatisfiable);
    CHECK(parse_range("bytes=0-", 0).kind == RangeKind::unsatisfiable);
    CHECK(parse_range("bytes=-1", 0).kind == RangeKind::unsatisfiable);
    CHECK(content_range({0, 9}, 100) == "bytes 0-9/100");
    CHECK(content_range_unsatisfied(100) == "bytes */100");
}

TEST_CASE("a range header that is not one means the whole") {
    for (const auto* header : {"", "bytes", "bytes=", "bytes=,", "items=0-1", "bytes=9-0", "bytes=a-b", "bytes=1",
                               "bytes=-", "bytes=0-1,x", "bytes=+1-2", "bytes=1--2", "bytes=0x1-2"})
        CHECK(parse_range(header, 100).kind == RangeKind::whole);
    std::string many = "bytes=0-0";
    for (int i = 0; i < 60; ++i) many += ",1-1";
    CHECK(parse_range(many, 100).kind == RangeKind::whole);
}

TEST_CASE("query parameters are decoded in order") {
    CHECK(parse_query("a=1&b=x%20y+z&a=2&flag&&=v") ==
          Pairs{{"a", "1"}, {"b", "x y z"}, {"a", "2"}, {"flag", ""}, {"", "v"}});
    CHECK(parse_query("a=%zz%4&b=%") == Pairs{{"a", "%zz%4"}, {"b", "%"}});
    CHECK(parse_query("").empty());
    CHECK(parse_query("a=b=c") == Pairs{{"a", "b=c"}});
}

TEST_CASE("headers compare without case") {
    Headers headers;
    headers.add("Accept", "a");
    headers.add("accept", "b");
    headers.add("Other", "c");
    CHECK(headers.get("ACCEPT") == "a");
    CHECK(headers.all("accept").size() == 2);
    headers.set("aCCept", "d");
    CHECK(headers.all("accept") == std::vector<std::string_view>{"d"});
    headers.remove("ACCEPT");
    CHECK(!headers.has("Accept"));
    CHECK(headers.size() == 1);
    CHECK(headers.value_or("none", "x") == "x");
}

TEST_CASE("the chunked coding is decoded however it is cut") {
    const std::string_view coded = "5\r\nhello\r\n00A;name=\"v\"\r\n, world!!!\r\n0\r\nTrailer: x\r\n\r\n";
    for (std::size_t piece = 1; piece <= coded.size(); ++piece)
        for (const std::size_t room : {1, 3, 100}) REQUIRE(decode(coded, piece, room) == "hello, world!!!");
    CHECK(decode("0\r\n\r\nGET", 100, 10) == "|GET");
    CHECK(decode("3 ;x\r\nabc\r\n0\r\n", 100, 10) == "abc...");
}

TEST_CASE("a broken chunked coding is refused") {
    for (const auto* coded : {"\r\n", "x\r\n", "-1\r\n", "+5\r\nhello\r\n", "5\nhello", "5\r\nhelloX", "5\r\nhello\n",
                              "0x5\r\n", "fffffffffffffffff\r\n", "5;a\nb\r\n", "5 5\r\n", "0\r\n\n", "0\r\n: x\r\n",
                              "0\r\nA: b\n\r\n", "3 \r\nabc\r\n", " 5\r\nhello", "5\r\rhello"})
        for (const std::size_t piece : {1, 100}) CHECK(decode(coded, piece, 100) == "!");
    CHECK(decode("5;" + std::string(9000, 'x'), 100, 100) == "!");
    CHECK(decode("0\r\n" + std::string(9000, 'x'), 100, 100) == "!");
    CHECK(decode(std::string(9000, '0'), 100, 100) == "!");
}

TEST_CASE("URLs are taken apart") {
    const auto url = parse_url("https://host.example:8443/a/b?c=d#e");
    REQUIRE(url);
    CHECK((url->secure && url->host == "host.example" && url->port == 8443 && url->target == "/a/b?c=d"));
    CHECK(url->authority == "host.example:8443");
    CHECK(parse_url("HTTP://[::1]:80")->host == "::1");
    CHECK(parse_url("http://h?x")->target == "/?x");
    CHECK(parse_url("https://h")->port == 443);
    for (const auto* text :
         {"", "h", "ftp://h", "http://", "http://h:0", "http://h:70000", "http://h:x", "http://u:p@h/", "http://h/a b",
          "http://h/\r\nX: y", "http://[::1", "http://[::1]x/", "http://:80/"})
        CHECK(!parse_url(text));
}

TEST_CASE("a response header says how its body ends") {
    const auto framing = [](std::string_view head, bool to_head = false) {
        int status = 0;
        Headers headers;
        HeadInfo info;
        REQUIRE(!parse_response_head(head, to_head, status, headers, info));
        return info.framing;
    };
    CHECK(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") == Framing::length);
    CHECK(framing("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true) == Framing::none);
    CHECK(framing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") == Framing::chunked);
    CHECK(framing("HTTP/1.1 200 OK\r\n\r\n") == Framing::until_close);
    CHECK(framing("HTTP/1.1 204 No\r\n\r\n") == Framing::none);
    CHECK(framing("HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n") == Framing::none);
}

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "common/http/client.hpp"
#include "common/http/range.hpp"
#include "fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/raw_socket.hpp"

using namespace cumulet::http;
using namespace cumulet::http::test;
using namespace cumulet::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

std::shared_ptr<int> make_file(std::string_view content) {
    const std::shared_ptr<int> file(new int(::memfd_create("http-test", MFD_CLOEXEC)), [](int* fd) {
        ::close(*fd);
        delete fd;
    });
    if (::pwrite(*file, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size()))
        throw std::runtime_error("cannot write a file in memory");
    return file;
}

// Serves the file with ranges, as images and objects will be.
Handler file_handler(std::shared_ptr<int> file, std::uint64_t size) {
    return [file, size](Request& request) -> Task<Response> {
        Response response;
        const auto result = parse_range(request.headers.value_or("Range", ""), size);
        FileBody body{file, 0, size};
        if (result.kind == RangeKind::unsatisfiable) {
            response.status = 416;
            response.headers.set("Content-Range", content_range_unsatisfied(size));
            co_return response;
        }
        if (result.kind == RangeKind::partial) {
            response.status = 206;
            response.headers.set("Content-Range", content_range(result.ranges[0], size));
            body.offset = result.ranges[0].first;
            body.length = result.ranges[0].length();
        }
        if (request.path == "/lies") body.length += 10;
        response.body = body;
        co_return response;
    };
}

}  // namespace

TEST_CASE("files and their ranges are sent as they are") {
    const auto text = pattern(20'000'000);
    Certificates certificates;
    certificates.issue("server", "server");
    ServerOptions options;
    ClientOptions client_options;
    const bool tls = GENERATE(false, true);
    if (tls) {
        options.tls = {certificates.file("server.pem"), certificates.file("server.key"), {}};
        client_options.ca_file = certificates.file("ca.pem");
    }
    TestServer server(options, file_handler(make_file(text), text.size()));
    Client client(server.io, client_options);
    const auto get = [&](const std::string& range) {
        ClientRequest request{.url = server.url("/", tls ? "https" : "http")};
        if (!range.empty()) request.headers.set("Range", range);
        return client.fetch(request);
    };
    CHECK(get("").body == text);
    const auto part = get("bytes=1000-1999999");
    CHECK(part.status == 206);
    CHECK(part.headers.get("Content-Range") == "bytes 1000-1999999/20000000");
    CHECK(part.body == text.substr(1000, 1'999'000));
    CHECK(get("bytes=-5").body == text.substr(text.size() - 5));
    CHECK(get("bytes=20000000-").status == 416);
}

TEST_CASE("a slow reader gets all of a file") {
    const auto text = pattern(30'000'000);  // more than the socket buffers hold, so that sending has to wait
    TestServer server({}, file_handler(make_file(text), text.size()));
    RawSocket client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\nRange: bytes=0-9\r\n\r\n");
    CHECK(client.read_answer().ends_with("\r\n\r\n" + text));
    CHECK_THAT(client.read_answer(), EndsWith("\r\n\r\n" + text.substr(0, 10)));
}

TEST_CASE("a file that is shorter than announced breaks the connection off") {
    TestServer server({}, file_handler(make_file("0123456789"), 10));
    RawSocket client(server.port());
    client.send("GET /lies HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto answer = client.read_to_end();
    CHECK_THAT(answer, Contains("Content-Length: 20\r\n") && EndsWith("\r\n\r\n0123456789"));
}

TEST_CASE("a client that leaves in the middle of a file harms nobody") {
    const auto text = pattern(30'000'000);
    TestServer server({}, file_handler(make_file(text), text.size()));
    for (int i = 0; i < 5; ++i) {
        RawSocket client(server.port());
        client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
        client.read_until("\r\n\r\n");
    }
    RawSocket client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: t\r\nRange: bytes=0-9\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith(text.substr(0, 10)));
}

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "common/http/form_data.hpp"

using namespace cumulet::http;

namespace {

// Gives its bytes in pieces, so that every line and boundary is cut somewhere.
class Pieces final : public BodyReader {
public:
    Pieces(std::string bytes, std::size_t size) : bytes_(std::move(bytes)), size_(size) {}
    Task<std::size_t> read(std::span<char> buffer) override {
        const auto count = std::min({size_, buffer.size(), bytes_.size() - at_});
        std::copy_n(bytes_.data() + at_, count, buffer.data());
        at_ += count;
        co_return count;
    }

private:
    const std::string bytes_;
    const std::size_t size_;
    std::size_t at_ = 0;
};

// "name[filename]=value;" for each part; "!" and the status where it is refused.
Task<std::string> described(std::string form, std::size_t size) {
    Pieces body(std::move(form), size);
    FormReader reader(body, "xYz");
    std::string out;
    int refused = 0;
    try {
        while (const auto part = co_await reader.next()) {
            out += part->name;
            if (part->filename) out += "[" + *part->filename + "]";
            if (!part->content_type.empty()) out += "<" + part->content_type + ">";
            out += "=" + co_await reader.read_text(20'000) + ";";
        }
    } catch (const BodyError& error) {
        refused = error.status;
    }
    co_return refused == 0 ? out : "!" + std::to_string(refused);
}

std::string parts_of(const std::string& form, std::size_t size) {
    boost::asio::io_context context(1);
    std::string out;
    boost::asio::co_spawn(context, described(form, size), [&](std::exception_ptr error, std::string text) {
        REQUIRE_FALSE(error);
        out = std::move(text);
    });
    context.run();
    return out;
}

std::string field(const std::string& disposition, const std::string& value) {
    return "--xYz\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n";
}

}  // namespace

TEST_CASE("a form comes apart into its parts, however it is cut") {
    const std::string tricky = "\r\n--xY\r\n-- \r\n--x\r\r\n\n";
    const auto form = "preamble\r\n" + field("name=\"key\"", "a b") + field("name=empty", "") +
                      "--xYz  \r\ncontent-type: text/x\r\nCONTENT-DISPOSITION: form-data; name=\"file\"; "
                      "filename=\"C:\\dir\\a\\\"b;c.txt\"\r\n\r\n" +
                      tricky + "\r\n" + field("filename=x; name=\"last\"", std::string(17'000, 'z')) +
                      "--xYz--\r\nepilogue";
    for (const std::size_t size : {1u, 2u, 3u, 7u, 64u, 100'000u})
        REQUIRE(parts_of(form, size) == "key=a b;empty=;file[C:\\dir\\a\"b;c.txt]<text/x>=" + tricky +
                                            ";last[x]=" + std::string(17'000, 'z') + ";");
    REQUIRE(parts_of("--xYz--", 5) == "");
}

TEST_CASE("what is no form, or ends early, is refused") {
    for (const std::string bad :
         {"", "nothing", "--xYz", "--xYz\r\n", "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nvalue",
          "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nvalue\r\n--xY",
          "--xYz\r\nX: y\r\n\r\nvalue\r\n--xYz--", "--xYz\r\nno colon\r\n\r\nvalue\r\n--xYz--", "--xYzz\r\n\r\n",
          "--xYz\r\nContent-Disposition: form-data\r\n\r\n--xYz--"})
        for (const std::size_t size : {1u, 1000u}) REQUIRE(parts_of(bad, size) == "!400");
    REQUIRE(parts_of("--xYz\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n--xYz--", 1000) == "!400");
    std::string headers = "--xYz\r\n";
    for (int i = 0; i < 100; ++i) headers += "X: y\r\n";
    REQUIRE(parts_of(headers + "Content-Disposition: form-data; name=a\r\n\r\n\r\n--xYz--", 1000) == "!400");
    REQUIRE(parts_of(field("name=a", std::string(20'001, 'x')) + "--xYz--", 1000) == "!413");
}

TEST_CASE("the boundary stands in the content type") {
    REQUIRE(form_boundary("multipart/form-data; boundary=abc") == "abc");
    REQUIRE(form_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a;b\"") == "a;b");
    for (const auto* bad : {"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a"})
        REQUIRE_FALSE(form_boundary(bad));
    REQUIRE_FALSE(form_boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
}

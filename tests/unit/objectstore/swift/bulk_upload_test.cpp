// Archives: what is in them becomes objects, and what they try is refused.
#include <archive.h>
#include <archive_entry.h>

#include <catch2/catch.hpp>

#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

class Tar {
public:
    explicit Tar(int filter = ARCHIVE_FILTER_NONE) {
        archive_write_add_filter(writer_, filter);
        archive_write_set_format_pax_restricted(writer_);
        archive_write_open_memory(writer_, bytes_.data(), bytes_.size(), &used_);
    }
    ~Tar() { archive_write_free(writer_); }
    Tar& add(const std::string& name, const std::string& content, const std::string& mime = "") {
        auto* entry = begin(name, AE_IFREG);
        archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
        if (!mime.empty()) archive_entry_xattr_add_entry(entry, "user.mime_type", mime.data(), mime.size());
        archive_write_header(writer_, entry);
        archive_write_data(writer_, content.data(), content.size());
        archive_entry_free(entry);
        return *this;
    }
    Tar& add_link(const std::string& name, const std::string& target) {
        auto* entry = begin(name, AE_IFLNK);
        archive_entry_set_symlink(entry, target.c_str());
        archive_write_header(writer_, entry);
        archive_entry_free(entry);
        return *this;
    }
    std::string done() {
        archive_write_close(writer_);
        return {bytes_.data(), used_};
    }

private:
    static archive_entry* begin(const std::string& name, unsigned type) {
        auto* entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_filetype(entry, type);
        archive_entry_set_perm(entry, 0644);
        return entry;
    }
    archive* writer_ = archive_write_new();
    std::vector<char> bytes_ = std::vector<char>(4u << 20);
    std::size_t used_ = 0;
};

nlohmann::json upload(SwiftUnderTest& swift, const std::string& target, const std::string& body,
                      const std::string& who = "alice") {
    const auto answer = swift.call("PUT", target, who, {{"Accept", "application/json"}}, body);
    REQUIRE(answer.status == 200);
    return nlohmann::json::parse(answer.body);
}

}  // namespace

TEST_CASE("files of an archive become objects") {
    SwiftUnderTest swift;
    const auto tar = Tar().add("./c1/a.txt", "alpha").add("c2/dir/b", std::string(300'000, 'b'), "text/x").done();
    const auto counts = upload(swift, "p1?extract-archive=tar", tar);
    REQUIRE(counts["Number Files Created"] == 2);
    REQUIRE(counts["Response Status"] == "201 Created");
    REQUIRE(swift.call("GET", "p1/c1/a.txt").body == "alpha");
    REQUIRE(swift.call("GET", "p1/c1/a.txt").header("Content-Type") == "text/plain");
    REQUIRE(swift.call("GET", "p1/c2/dir/b").header("Content-Type") == "text/x");

    upload(swift, "p1/c3?extract-archive=tar.gz", Tar(ARCHIVE_FILTER_GZIP).add("x/y", "1").done());
    REQUIRE(swift.call("GET", "p1/c3/x/y").body == "1");
    upload(swift, "p1/c3/pre?extract-archive=tar.bz2", Tar(ARCHIVE_FILTER_BZIP2).add("z", "2").done());
    REQUIRE(swift.call("GET", "p1/c3/pre/z").body == "2");
}

TEST_CASE("what an archive tries is refused file by file") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    const auto tar = Tar()
                         .add("good", "1")
                         .add(std::string(1030, 'n'), "2")
                         .add_link("link", "/etc/passwd")
                         .add("../../etc/passwd", "3")
                         .done();
    const auto counts = upload(swift, "p1/c?extract-archive=tar", tar);
    REQUIRE(counts["Number Files Created"] == 2);
    REQUIRE(counts["Errors"].size() == 1);
    REQUIRE(swift.call("GET", "p1/c/link").status == 404);
    // A name is a name: it leads nowhere.
    REQUIRE(swift.call("GET", "p1/c?prefix=..").body == "../../etc/passwd\n");
    REQUIRE(swift.call("PUT", "p1/c?extract-archive=zip", "alice", {}, tar).status == 400);
    REQUIRE(swift.call("PUT", "p1/c?extract-archive=tar", "", {}, tar).status == 401);
    const auto theirs = upload(swift, "p1/c?extract-archive=tar", tar, "bob");
    REQUIRE(theirs["Number Files Created"] == 0);
    for (const std::string& broken : {std::string("rubbish"), std::string(), tar.substr(0, 700)})
        REQUIRE(upload(swift, "p1/c?extract-archive=tar", broken)["Response Status"] == "400 Bad Request");
    REQUIRE(upload(swift, "p1/c?extract-archive=tar.gz", tar)["Response Status"] == "400 Bad Request");
}

TEST_CASE("an archive that unpacks to far more than it is ends there") {
    SwiftUnderTest swift;
    swift.settings.max_expansion = 2;
    swift.call("PUT", "p1/c");
    Tar tar(ARCHIVE_FILTER_GZIP);
    const std::string zeros(8u << 20, '\0');
    for (int i = 0; i < 10; ++i) tar.add("zeros" + std::to_string(i), zeros);
    const auto counts = upload(swift, "p1/c?extract-archive=tar.gz", tar.done());
    REQUIRE(counts["Response Status"] == "400 Bad Request");
    REQUIRE(counts["Number Files Created"] == 8);
}

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
        return put(entry);
    }
    Tar& add_hard_link(const std::string& name, const std::string& target) {
        auto* entry = begin(name, AE_IFREG);
        archive_entry_set_hardlink(entry, target.c_str());
        return put(entry);
    }
    Tar& add_special(const std::string& name, unsigned type) {
        auto* entry = begin(name, type);
        if (type == AE_IFCHR || type == AE_IFBLK) archive_entry_set_rdev(entry, 0x0801);
        return put(entry);
    }
    // Says that it is `logical` bytes long, of which there is but the first.
    Tar& add_sparse(const std::string& name, std::int64_t logical) {
        auto* entry = begin(name, AE_IFREG);
        archive_entry_set_size(entry, logical);
        archive_entry_sparse_add_entry(entry, 0, 1);
        archive_write_header(writer_, entry);
        archive_write_data(writer_, "x", 1);
        archive_entry_free(entry);
        return *this;
    }
    Tar& add_with(const std::string& name, const std::string& attribute, const std::string& value) {
        auto* entry = begin(name, AE_IFREG);
        archive_entry_set_size(entry, 1);
        archive_entry_xattr_add_entry(entry, attribute.c_str(), value.data(), value.size());
        archive_write_header(writer_, entry);
        archive_write_data(writer_, "x", 1);
        archive_entry_free(entry);
        return *this;
    }
    std::string done() {
        archive_write_close(writer_);
        return {bytes_.data(), used_};
    }

private:
    Tar& put(archive_entry* entry) {
        archive_write_header(writer_, entry);
        archive_entry_free(entry);
        return *this;
    }
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

// What a program wrote, packed once more by itself.
std::string packed(const std::string& bytes, int filter) {
    std::vector<char> out(bytes.size() + 65536);
    std::size_t used = 0;
    auto* writer = archive_write_new();
    archive_write_add_filter(writer, filter);
    archive_write_set_format_raw(writer);
    archive_write_set_bytes_per_block(writer, 0);
    archive_write_open_memory(writer, out.data(), out.size(), &used);
    auto* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_write_header(writer, entry);
    archive_write_data(writer, bytes.data(), bytes.size());
    archive_entry_free(entry);
    archive_write_close(writer);
    archive_write_free(writer);
    return {out.data(), used};
}

// The head of a file of the old form, whose size is what it says and not what follows.
std::string bare_head(const std::string& name, const std::string& octal_size, char type = '0',
                      const std::string& link = "") {
    std::string head(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { head.replace(at, text.size(), text); };
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, octal_size);
    put(136, "00000000000");
    put(148, "        ");
    head[156] = type;
    put(157, link);
    put(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : head) sum += static_cast<unsigned char>(c);
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    put(148, std::string(text) + std::string("\0 ", 2));
    return head;
}

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

TEST_CASE("whatever an archive is packed with, it ends where it has become too much") {
    SwiftUnderTest swift;
    swift.settings.max_expansion = 2;
    swift.call("PUT", "p1/c");
    const std::string zeros(16u << 20, '\0');
    for (const auto& [format, filter] :
         {std::pair{"tar.gz", ARCHIVE_FILTER_GZIP}, std::pair{"tar.bz2", ARCHIVE_FILTER_BZIP2}}) {
        CAPTURE(format);
        // In files that are stored,
        Tar files(filter);
        for (int i = 0; i < 6; ++i) files.add("z" + std::to_string(i), zeros);
        const auto stored = upload(swift, std::string("p1/c?extract-archive=") + format, files.done());
        REQUIRE(stored["Response Status"] == "400 Bad Request");
        REQUIRE(stored["Number Files Created"] == 4);
        REQUIRE(stored["Response Body"] == "Invalid Tar File: it unpacks to far more than it is");
        // in files that are not, for their names,
        Tar refused(filter);
        for (int i = 0; i < 6; ++i) refused.add(std::string(1030, 'n') + std::to_string(i), zeros);
        const auto passed =
            upload(swift, std::string("p1/c?extract-archive=") + format, refused.add("last", "x").done());
        REQUIRE(passed["Response Body"] == "Invalid Tar File: it unpacks to far more than it is");
        REQUIRE(passed["Number Files Created"] == 0);
        // and in what is no file.
        std::string links;
        for (int i = 0; i < 6; ++i) links += bare_head("dir", "00100000000", '7') + zeros;
        links += bare_head("last", "00000000001") + "x" + std::string(511 + 1024, '\0');
        const auto others = upload(swift, std::string("p1/c?extract-archive=") + format, packed(links, filter));
        REQUIRE(others["Response Status"] == "400 Bad Request");
        REQUIRE(others["Number Files Created"] <= 4);
        // What is packed twice is no archive.
        const auto twice = packed(Tar(filter).add("a", "x").done(), filter);
        REQUIRE(upload(swift, std::string("p1/c?extract-archive=") + format, twice)["Number Files Created"] == 0);
    }
    REQUIRE(swift.call("GET", "p1/c/last").status == 404);
}

TEST_CASE("sizes that an archive only claims cost nothing") {
    SwiftUnderTest swift;
    swift.settings.max_file_size = 1u << 20;
    swift.call("PUT", "p1/c");
    const auto sparse =
        upload(swift, "p1/c?extract-archive=tar", Tar().add_sparse("holes", 1LL << 50).add("a", "x").done());
    REQUIRE(sparse["Errors"] == nlohmann::json::parse(R"([["c/holes", "413 Request Entity Too Large"]])"));
    REQUIRE(sparse["Number Files Created"] == 1);
    // Below the bound of a file, above that of an archive.
    swift.settings.max_file_size = 1LL << 40;
    const auto holes = upload(swift, "p1/c?extract-archive=tar", Tar().add_sparse("holes", 1LL << 30).done());
    REQUIRE(holes["Response Body"] == "Invalid Tar File: it unpacks to far more than it is");
    for (const char* size :
         {"77777777777", "-0000000001", "99999999999", "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff"}) {
        const auto counts = upload(swift, "p1/c?extract-archive=tar", bare_head("big", size) + "only this");
        REQUIRE(counts["Number Files Created"] == 0);
    }
    REQUIRE(swift.call("GET", "p1/c").body == "a\n");
}

TEST_CASE("only files of an archive become objects, under the names that they have") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p2/c", "bob");
    swift.call("PUT", "p2/c/o", "bob", {}, "bob's");
    const auto tar = Tar()
                         .add_link("link", "/etc/passwd")
                         .add_hard_link("hard", "/etc/passwd")
                         .add_hard_link("hard2", "../../AUTH_p2/c/o")
                         .add_special("pipe", AE_IFIFO)
                         .add_special("disk", AE_IFBLK)
                         .add_special("tty", AE_IFCHR)
                         .add_special("folder/", AE_IFDIR)
                         .add("/../../AUTH_p2/c/o", "up")
                         .add("//etc/passwd", "root")
                         .add("a/./b", "dots")
                         .done();
    const auto counts = upload(swift, "p1/c?extract-archive=tar", tar);
    REQUIRE(counts["Number Files Created"] == 3);
    REQUIRE(swift.call("GET", "p1/c").body == "../../AUTH_p2/c/o\na/./b\netc/passwd\n");
    REQUIRE(swift.call("GET", "p2/c/o", "bob").body == "bob's");
    // A link that brings bytes along is a link.
    const auto hard = bare_head("hard", "00000000001", '1', "etc/passwd") + "x" + std::string(511 + 1024, '\0');
    REQUIRE(upload(swift, "p1/c?extract-archive=tar", hard)["Number Files Created"] == 0);
    // Without a container in the address a name's first part is one: no part is an account.
    const auto above =
        upload(swift, "p1?extract-archive=tar", Tar().add("../AUTH_p2/c/o", "up").add("alone", "x").done());
    REQUIRE(above["Number Files Created"] == 1);
    REQUIRE(swift.call("GET", "p1").body == "..\nc\n");
    REQUIRE(swift.call("GET", "p2/c/o", "bob").body == "bob's");
}

TEST_CASE("attributes of an archive's files begin no headers") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    const std::string evil = "text/x\r\nX-Evil: 1";
    const auto counts = upload(swift, "p1/c?extract-archive=tar",
                               Tar()
                                   .add_with("type", "user.mime_type", evil)
                                   .add_with("meta", "user.meta.colour", evil)
                                   .add_with("good", "user.meta.colour", "red")
                                   .done());
    REQUIRE(counts["Number Files Created"] == 1);
    REQUIRE(swift.call("HEAD", "p1/c/good").header("X-Object-Meta-Colour") == "red");
    REQUIRE(swift.call("GET", "p1/c").body == "good\n");
}

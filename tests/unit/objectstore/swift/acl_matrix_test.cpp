// Who may do what where, as a table, and that every answer is as the table says. Who may not learns nothing: what is
// there and what is not are refused alike.
#include <catch2/catch.hpp>

#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

// Rights: a look at the account and list its containers, A change the account, m make, change and delete containers,
// l list a container, r read an object, w write one.
const std::string kAll = "aAmlrw";
const std::vector<std::string> kWho = {"", "alice", "guest", "bob", "root"};

struct Row {
    std::string header, value;
    // Of nobody, the reader in the account's own project, and the member of another project. The owner and the reseller
    // administrator may do everything everywhere.
    std::string nobody, guest, bob;
};

const std::vector<Row> kTable = {
    {"", "", "", "", ""},
    {"X-Container-Read", ".r:*", "r", "r", "r"},
    {"X-Container-Read", ".r:*,.rlistings", "rl", "rl", "rl"},
    {"X-Container-Read", ".rlistings", "", "", ""},
    {"X-Container-Read", ".r:.example.com,.rlistings", "", "", ""},
    {"X-Container-Read", ".r:*,.r:-unknown", "", "", ""},
    {"X-Container-Read", "p2:bob-id", "", "", "rl"},
    {"X-Container-Read", "p2-name:bob", "", "", "rl"},
    {"X-Container-Read", "p2:bob", "", "", "rl"},
    {"X-Container-Read", "p2:*", "", "", "rl"},
    {"X-Container-Read", "*:bob-id", "", "", "rl"},
    {"X-Container-Read", "*:*", "", "rl", "rl"},
    {"X-Container-Read", "p1:*", "", "rl", ""},
    {"X-Container-Read", "p2:alice-id", "", "", ""},
    {"X-Container-Read", "p1:bob-id", "", "", ""},
    {"X-Container-Read", "p2", "", "", ""},
    {"X-Container-Read", "bob-id", "", "", ""},
    {"X-Container-Read", "reader", "", "rl", ""},
    {"X-Container-Read", "member", "", "", "rl"},
    {"X-Container-Read", ".r:*,p2:*", "r", "r", "rl"},
    {"X-Container-Write", "p2:bob-id", "", "", "w"},
    {"X-Container-Write", "p2:*", "", "", "w"},
    {"X-Container-Write", "*:*", "", "w", "w"},
    {"X-Container-Write", "member", "", "", "w"},
    {"X-Container-Write", "reader", "", "w", ""},
    {"X-Container-Write", "p2", "", "", ""},
    {"X-Account-Access-Control", R"({"read-only": ["bob-id"]})", "", "", "alr"},
    {"X-Account-Access-Control", R"({"read-only": ["p2"]})", "", "", "alr"},
    {"X-Account-Access-Control", R"({"read-write": ["p2:bob-id"]})", "", "", "amlrw"},
    {"X-Account-Access-Control", R"({"admin": ["bob-id"]})", "", "", kAll},
    {"X-Account-Access-Control", R"({"admin": ["p1"]})", "", kAll, ""},
    {"X-Account-Access-Control", R"({"admin": ["bob"], "read-write": ["p2-name"], "read-only": ["*"]})", "", "", ""},
};

struct What {
    std::string method, place, rights;
    testing::Sent headers = {};
    std::string body = {};
};

const std::vector<What> kDeeds = {
    {"GET", "p1", "a"},
    {"HEAD", "p1", "a"},
    {"POST", "p1", "A", {{"X-Account-Meta-X", "1"}}},
    {"GET", "p1/c", "l"},
    {"HEAD", "p1/c", "l"},
    {"GET", "p1/c?versions&format=json", "l"},
    {"POST", "p1/c", "m", {{"X-Container-Meta-X", "1"}}},
    {"PUT", "p1/c", "m"},
    {"DELETE", "p1/c", "m"},  // not empty: 409
    {"GET", "p1/c/o", "r"},
    {"HEAD", "p1/c/o", "r"},
    {"GET", "p1/c/o?multipart-manifest=get", "r"},
    {"GET", "p1/c/link", "r"},
    {"PUT", "p1/c/o", "w", {}, "x"},
    {"PUT", "p1/c/new", "w", {}, "x"},
    {"POST", "p1/c/o", "w"},
    {"DELETE", "p1/c/new", "w"},
    {"COPY", "p1/c/o", "rw", {{"Destination", "c/copy"}}},
    {"PUT", "p1/c/copy", "rw", {{"X-Copy-From", "c/o"}}},
    // Not there: whoever may look sees that.
    {"GET", "p1/c/none", "r"},
    {"DELETE", "p1/c/none", "w"},
    {"GET", "p1/none", "a"},
    {"GET", "p1/none/o", "a"},
    {"HEAD", "p1/none/o", "a"},
};

bool allows(const std::string& rights, const std::string& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](char right) { return rights.find(right) != rights.npos; });
}

std::string rights_of(const Row& row, const std::string& who) {
    if (who == "alice" || who == "root") return kAll;
    return who.empty() ? row.nobody : who == "guest" ? row.guest : row.bob;
}

void check(SwiftUnderTest& swift, const Row& row, const std::string& who, const What& what) {
    const auto answer = swift.call(what.method, what.place, who, what.headers, what.body);
    CAPTURE(row.header, row.value, who, what.method, what.place, answer.status, answer.body);
    const bool refused = answer.status == 401 || answer.status == 403;
    if (allows(rights_of(row, who), what.rights)) {
        REQUIRE_FALSE(refused);
        return;
    }
    REQUIRE(answer.status == (who.empty() ? 401 : 403));
    // Nothing about what is there.
    for (const auto& [name, value] : answer.headers) {
        CAPTURE(name);
        REQUIRE_FALSE(name.starts_with("X-Object"));
        REQUIRE_FALSE(name.starts_with("X-Container"));
        REQUIRE_FALSE(name.starts_with("X-Account"));
        REQUIRE(name != "Etag");
    }
    REQUIRE(answer.body.find("secret") == std::string::npos);
}

}  // namespace

TEST_CASE("everybody may do what the table says, and nothing else") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p1/private");
    swift.call("PUT", "p1/private/o", "alice", {}, "private secret");
    swift.call("PUT", "p1/c/link", "alice", {{"X-Symlink-Target", "c/o"}});
    for (const auto& row : kTable) {
        swift.call("POST", "p1/c", "alice", {{"X-Remove-Container-Read", "1"}, {"X-Remove-Container-Write", "1"}});
        swift.call("POST", "p1", "alice", {{"X-Remove-Account-Access-Control", "1"}});
        if (!row.header.empty()) {
            const auto place = row.header.starts_with("X-Account") ? "p1" : "p1/c";
            REQUIRE(swift.call("POST", place, "alice", {{row.header, row.value}}).status == 204);
        }
        for (const auto& who : kWho)
            for (const auto& what : kDeeds) {
                REQUIRE(swift.call("PUT", "p1/c/o", "alice", {}, "secret").status == 201);
                check(swift, row, who, what);
            }
    }
}

TEST_CASE("rights in one place open no other") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/open", "alice", {{"X-Container-Read", ".r:*,.rlistings"}, {"X-Container-Write", "*:*"}});
    swift.call("PUT", "p1/shut");
    swift.call("PUT", "p1/shut/o", "alice", {}, "secret");
    swift.call("PUT", "p2/mine", "bob");
    // Not by links,
    swift.call("PUT", "p1/open/link", "bob", {{"X-Symlink-Target", "shut/o"}});
    REQUIRE(swift.call("GET", "p1/open/link", "bob").status == 403);
    swift.call("PUT", "p2/mine/link", "bob", {{"X-Symlink-Target", "shut/o"}, {"X-Symlink-Target-Account", "AUTH_p1"}});
    REQUIRE(swift.call("GET", "p2/mine/link", "bob").status == 403);
    // by copies,
    REQUIRE(swift.call("PUT", "p1/open/copy", "bob", {{"X-Copy-From", "shut/o"}}).status == 403);
    REQUIRE(swift.call("PUT", "p2/mine/copy", "bob", {{"X-Copy-From", "shut/o"}, {"X-Copy-From-Account", "AUTH_p1"}})
                .status == 403);
    REQUIRE(swift
                .call("COPY", "p2/mine/link?symlink=get", "bob",
                      {{"Destination", "shut/new"}, {"Destination-Account", "AUTH_p1"}})
                .status == 403);
    // by manifests,
    REQUIRE(swift.call("PUT", "p1/open/big?multipart-manifest=put", "bob", {}, R"([{"path": "/shut/o"}])").status ==
            400);
    swift.call("PUT", "p1/open/dynamic", "bob", {{"X-Object-Manifest", "shut/o"}});
    REQUIRE(swift.call("GET", "p1/open/dynamic", "bob").body.find("secret") == std::string::npos);
    REQUIRE(swift.call("GET", "p1/open/dynamic", "").body.find("secret") == std::string::npos);
    // by archives and lists,
    REQUIRE(swift.call("DELETE", "p1?bulk-delete=1", "bob", {{"Accept", "application/json"}}, "shut/o\n")
                .body.find("\"Number Deleted\":0") != std::string::npos);
    // or by the container's own settings.
    REQUIRE(swift.call("POST", "p1/open", "bob", {{"X-Container-Read", "p2:*"}}).status == 403);
    REQUIRE(swift.call("GET", "p1/shut/o").body == "secret");
}

TEST_CASE("names mean what they say, whatever they look like") {
    SwiftUnderTest swift;
    swift.call("PUT", "p1/c");
    swift.call("PUT", "p2/c", "bob");
    swift.call("PUT", "p2/c/o", "bob", {}, "bob's");
    for (const std::string name : {"../../AUTH_p2/c/o", "%2e%2e/%2e%2e/AUTH_p2/c/o", "..", ".", "a//b", "/", "a/",
                                   "%0d%0aX-Evil: 1", "%3Cscript%3E", "a%2Fb", "%5C", "%C2%85", "a?b=c"}) {
        CAPTURE(name);
        const auto put = swift.call("PUT", "p1/c/" + name, "alice", {}, "alice's");
        REQUIRE(put.status == 201);
        const auto got = swift.call("GET", "p1/c/" + name);
        REQUIRE(got.body == "alice's");
        const auto copied = swift.call("COPY", "p1/c/" + name, "alice", {{"Destination", "c/copy"}});
        REQUIRE(copied.status == 201);
        for (const auto& [header, value] : copied.headers) REQUIRE(value.find_first_of("\r\n") == std::string::npos);
        REQUIRE(swift.call("GET", "p1/c?format=xml").body.find("<script>") == std::string::npos);
        REQUIRE(swift.call("DELETE", "p1/c/" + name).status == 204);
    }
    REQUIRE(swift.call("GET", "p2/c/o", "bob").body == "bob's");
    for (const std::string bad : {"p1/c/a%00b", "p1/c/%ff", "p1/%00", "p1/c/%c3%28"}) {
        CAPTURE(bad);
        REQUIRE(swift.call("PUT", bad, "alice", {}, "x").status == 412);
    }
    REQUIRE(swift.call("PUT", "p1/a%2Fb").status / 100 == 4);
    REQUIRE(swift.call("PUT", "p1/c/" + std::string(1025, 'n'), "alice", {}, "x").status == 400);
    REQUIRE(swift.call("PUT", "p1/" + std::string(257, 'n')).status == 400);
}

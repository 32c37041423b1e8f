// Hosts of users' own, looked up at a name server of the test.
#include "objectstore/swift/cname_lookup.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "swift_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::SwiftUnderTest;

namespace {

// Answers questions for CNAME from a table, others with "no such name".
class NameServer {
public:
    explicit NameServer(std::map<std::string, std::string> records) : records_(std::move(records)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        socklen_t size = sizeof address;
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~NameServer() {
        shutdown(socket_, SHUT_RDWR);
        thread_.join();
        close(socket_);
    }
    swift::NameServer address() const { return {"127.0.0.1", port_}; }
    int asked() const { return asked_; }

private:
    void run() {
        std::array<unsigned char, 512> packet{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        for (;;) {
            const auto got =
                recvfrom(socket_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (got <= 0) return;
            ++asked_;
            const auto length = answer(packet, static_cast<int>(got));
            sendto(socket_, packet.data(), static_cast<std::size_t>(length), 0, reinterpret_cast<sockaddr*>(&from),
                   size);
        }
    }
    int answer(std::array<unsigned char, 512>& packet, int got) {
        ns_msg message;
        ns_rr question;
        if (ns_initparse(packet.data(), got, &message) != 0 || ns_parserr(&message, ns_s_qd, 0, &question) != 0)
            return 0;
        const auto found = records_.find(ns_rr_name(question));
        // Behind the question of the same packet; what the client added (EDNS) is dropped.
        unsigned char* at = packet.data() + HFIXEDSZ;
        at += dn_skipname(at, packet.data() + got) + QFIXEDSZ;
        auto* header = reinterpret_cast<HEADER*>(packet.data());
        header->qr = header->ra = 1;
        header->arcount = 0;
        header->rcode = found == records_.end() ? ns_r_nxdomain : ns_r_noerror;
        if (found == records_.end()) return static_cast<int>(at - packet.data());
        header->ancount = htons(1);
        NS_PUT16(0xc000 | HFIXEDSZ, at);  // the name of the question
        NS_PUT16(ns_t_cname, at);
        NS_PUT16(ns_c_in, at);
        NS_PUT32(300, at);
        unsigned char* length = at;
        at += 2;
        const int size = dn_comp(found->second.c_str(), at, 200, nullptr, nullptr);
        NS_PUT16(static_cast<unsigned>(size), length);
        return static_cast<int>(at + size - packet.data());
    }

    const std::map<std::string, std::string> records_;
    const int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    std::uint16_t port_ = 0;
    std::atomic<int> asked_ = 0;
    std::thread thread_;
};

const std::map<std::string, std::string> kRecords = {{"www.my.site", "c.auth-p1.Storage.example.com"},
                                                     {"two.my.site", "www.my.site"},
                                                     {"round.my.site", "round.my.site"},
                                                     {"far.my.site", "elsewhere.org"},
                                                     {"near.my.site", "c.auth-p1.nearstorage.example.com"},
                                                     {"evil.my.site", "c.auth-p1.storage.example.com.evil.org"}};

struct Site {
    explicit Site(std::size_t depth) : cnames({server.address()}, depth, swift.clock) {
        swift.settings.storage_domains = {"storage.example.com"};
        swift.settings.cname_depth = depth;
        swift.call("PUT", "p1/c", "alice",
                   {{"X-Container-Read", ".r:*,.rlistings"}, {"X-Container-Meta-Web-Index", "i"}});
        swift.call("PUT", "p1/c/o", "alice", {}, "bytes");
        swift.call("PUT", "p1/c/dir/i", "alice", {}, "index");
        swift.swift.cnames = &cnames;
    }
    testing::Answer get(const std::string& host, const std::string& path = "/o") {
        return swift.anonymous("GET", path, {{"Host", host}});
    }
    NameServer server{kRecords};
    SwiftUnderTest swift;
    swift::CnameLookup cnames;
};

}  // namespace

TEST_CASE("a host that DNS leads below a storage domain is a container's") {
    Site site(1);
    REQUIRE(site.get("www.my.site").body == "bytes");
    REQUIRE(site.get("WWW.my.site:8080").body == "bytes");
    REQUIRE(site.server.asked() == 1);
    // Whoever is sent on is sent to the host that was asked.
    REQUIRE(site.get("www.my.site", "/dir").header("Location") == "http://www.my.site/dir/");
    // What DNS said is asked again when its time is over.
    site.swift.clock.advance(std::chrono::seconds(301));
    REQUIRE(site.get("www.my.site").body == "bytes");
    REQUIRE(site.server.asked() == 2);
}

TEST_CASE("a host that leads nowhere of ours is refused") {
    Site site(1);
    for (const char* host : {"none.my.site", "two.my.site", "round.my.site", "far.my.site", "evil.my.site",
                             "near.my.site", "bad name", "a/../b", ""}) {
        CAPTURE(host);
        REQUIRE(site.get(host).status == 400);
        REQUIRE(site.get(host).body.find("bytes") == std::string::npos);
    }
    const auto asked = site.server.asked();
    REQUIRE(asked == 6);  // once each, and never for what is no name
    // Hosts that are addresses, or ours already, are as ever.
    for (const char* host : {"127.0.0.1:8080", "[::1]:8080", "storage.example.com"})
        REQUIRE(site.get(host, "/v1/AUTH_p1/c/o").body == "bytes");
    REQUIRE(site.get("c.auth-p1.storage.example.com").body == "bytes");
    REQUIRE(site.get("none.my.site", "/healthcheck").status == 200);
    REQUIRE(site.server.asked() == asked);
}

TEST_CASE("as many records are followed as the operator says, and none when he says so") {
    Site two(2);
    REQUIRE(two.get("two.my.site").body == "bytes");
    REQUIRE(two.get("far.my.site").status == 400);
    REQUIRE(two.swift.call("GET", "/info", "").body.find("\"cname_lookup\":{\"lookup_depth\":2}") != std::string::npos);
    Site none(0);
    REQUIRE(none.get("www.my.site", "/v1/AUTH_p1/c/o").body == "bytes");
    REQUIRE(none.server.asked() == 0);
    REQUIRE(none.swift.call("GET", "/info", "").body.find("cname_lookup") == std::string::npos);
}

TEST_CASE("name servers are IPv4 addresses") {
    REQUIRE(swift::parse_name_server("10.0.0.1").port == 53);
    REQUIRE(swift::parse_name_server("10.0.0.1:5353").port == 5353);
    for (const char* bad : {"", "dns.example.com", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:99999", "::1"})
        REQUIRE_THROWS_AS(swift::parse_name_server(bad), std::invalid_argument);
}

#include "objectstore/swift/cname_lookup.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"

namespace cumulet::objectstore::swift {

namespace {

constexpr std::size_t kMostKnown = 10'000;
constexpr std::size_t kLongestName = 253;
constexpr std::chrono::seconds kNoneFor{60};
constexpr std::chrono::seconds kLongest{24 * 3600};

struct Found {
    std::string target;                        // empty: none
    std::optional<std::chrono::seconds> keep;  // absent: DNS did not answer
};

class Resolver {
public:
    explicit Resolver(const std::vector<NameServer>& servers) {
        if (res_ninit(&state_) != 0) return;
        ready_ = true;
        state_.retrans = 2;
        state_.retry = 2;
        if (servers.empty()) return;
        state_.nscount = static_cast<int>(std::min<std::size_t>(servers.size(), MAXNS));
        for (int i = 0; i < state_.nscount; ++i) {
            auto& address = state_.nsaddr_list[i];
            address = {};
            address.sin_family = AF_INET;
            address.sin_port = htons(servers[static_cast<std::size_t>(i)].port);
            inet_pton(AF_INET, servers[static_cast<std::size_t>(i)].address.c_str(), &address.sin_addr);
        }
    }
    ~Resolver() {
        if (ready_) res_nclose(&state_);
    }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    Found cname_of(const std::string& name) {
        if (!ready_) return {};
        std::array<unsigned char, NS_MAXMSG> answer{};
        const int size = res_nquery(&state_, name.c_str(), ns_c_in, ns_t_cname, answer.data(), answer.size());
        if (size < 0) {
            const bool told = state_.res_h_errno == HOST_NOT_FOUND || state_.res_h_errno == NO_DATA;
            return told ? Found{"", kNoneFor} : Found{};
        }
        return read(answer.data(), std::min<int>(size, answer.size()));
    }

private:
    static Found read(const unsigned char* answer, int size) {
        ns_msg message;
        if (ns_initparse(answer, size, &message) != 0) return {};
        for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
            ns_rr record;
            if (ns_parserr(&message, ns_s_an, i, &record) != 0) return {};
            if (ns_rr_type(record) != ns_t_cname) continue;
            char name[NS_MAXDNAME];
            if (ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record), name, sizeof name) <
                0)
                return {};
            return {text::to_lower(name), std::min(std::chrono::seconds(ns_rr_ttl(record)), kLongest)};
        }
        return {"", kNoneFor};
    }

    struct __res_state state_ {};
    bool ready_ = false;
};

bool is_name(std::string_view host) {
    return !host.empty() && host.size() <= kLongestName && std::all_of(host.begin(), host.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    });
}

bool is_address(const std::string& host) {
    in6_addr address;
    return host.starts_with('[') || inet_pton(AF_INET, host.c_str(), &address) == 1 ||
           inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

NameServer parse_name_server(std::string_view text) {
    NameServer server;
    const auto colon = text.find(':');
    server.address = text.substr(0, colon);
    in_addr address;
    bool good = inet_pton(AF_INET, server.address.c_str(), &address) == 1;
    if (good && colon != std::string_view::npos) {
        const auto port = text.substr(colon + 1);
        const auto read = std::from_chars(port.data(), port.data() + port.size(), server.port);
        good = read.ec == std::errc{} && read.ptr == port.data() + port.size() && server.port != 0;
    }
    if (!good) throw std::invalid_argument("a name server is an IPv4 address, or one with :PORT");
    return server;
}

bool is_storage_host(std::string_view host, const std::vector<std::string>& domains) {
    return std::any_of(domains.begin(), domains.end(), [&](std::string_view domain) {
        if (host.size() < domain.size() || !text::iequals(host.substr(host.size() - domain.size()), domain))
            return false;
        return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
    });
}

CnameLookup::CnameLookup(std::vector<NameServer> servers, std::size_t depth, const Clock& clock)
    : servers_(std::move(servers)),
      depth_(depth),
      clock_(clock),
      pool_({.name = "dns", .threads = depth == 0 ? 0u : 4u, .max_queued = 200}) {}

std::optional<std::string> CnameLookup::known(const std::string& name) const {
    std::lock_guard lock(mutex_);
    const auto found = known_.find(name);
    if (found == known_.end() || found->second.until <= clock_.now()) return std::nullopt;
    return found->second.target;
}

bool CnameLookup::would_ask(std::string_view host, const std::vector<std::string>& domains) const {
    if (depth_ == 0) return false;
    auto name = text::to_lower(host);
    for (std::size_t step = 0; step < depth_; ++step) {
        if (!is_name(name) || is_address(name) || is_storage_host(name, domains)) return false;
        auto next = known(name);
        if (!next) return true;
        name = std::move(*next);
    }
    return false;
}

std::string CnameLookup::ask(const std::string& name) {
    if (auto next = known(name)) return *next;
    auto found = Resolver(servers_).cname_of(name);
    if (found.keep && found.keep->count() > 0) {
        std::lock_guard lock(mutex_);
        if (known_.size() >= kMostKnown) known_.clear();
        known_[name] = {found.target, clock_.now() + *found.keep};
    }
    return found.target;
}

std::string CnameLookup::resolve(std::string_view host, const std::vector<std::string>& domains) {
    auto name = text::to_lower(host);
    if (depth_ == 0 || is_address(name) || is_storage_host(name, domains)) return name;
    for (std::size_t step = 0; step < depth_; ++step) {
        auto next = is_name(name) ? ask(name) : std::string();
        if (next.empty() || next == name)
            throw api::Fault(api::Errc::bad_request, "CNAME lookup failed to resolve to a valid domain");
        if (is_storage_host(next, domains)) return next;
        name = std::move(next);
    }
    throw api::Fault(api::Errc::bad_request, "CNAME lookup failed after {} tries", depth_);
}

}  // namespace cumulet::objectstore::swift

#include "identity/federation/proxy.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <stdexcept>

#include "common/runtime/text.hpp"

namespace cumulet::identity::federation {
namespace {

namespace ip = boost::asio::ip;

// What a client may say through any proxy, and what would only make logs and mappings larger.
bool is_of_the_client(std::string_view name) {
    for (const char* own : {"Authorization", "Cookie", "X-Auth-Token", "X-Subject-Token", "Host", "Content-Length"})
        if (text::iequals(name, own)) return true;
    return false;
}

std::string cgi_name(std::string_view name) {
    std::string out = "HTTP_";
    for (const char c : name) {
        if (c == '-')
            out += '_';
        else
            out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

}  // namespace

struct TrustedProxies::Networks {
    std::vector<ip::network_v4> v4;
    std::vector<ip::network_v6> v6;
};

TrustedProxies::TrustedProxies(const std::vector<std::string>& peers, std::string prefix)
    : networks_(std::make_unique<Networks>()), prefix_(std::move(prefix)) {
    for (const auto& peer : peers) {
        boost::system::error_code error;
        const bool six = peer.find(':') != std::string::npos;
        const std::string whole = peer.find('/') != std::string::npos ? peer : peer + (six ? "/128" : "/32");
        if (six)
            networks_->v6.push_back(ip::make_network_v6(whole, error));
        else
            networks_->v4.push_back(ip::make_network_v4(whole, error));
        if (error) throw std::runtime_error("'" + peer + "' is neither an address nor a network");
    }
}

TrustedProxies::~TrustedProxies() = default;

bool TrustedProxies::trusts(const std::string& address) const {
    boost::system::error_code error;
    auto parsed = ip::make_address(address, error);
    if (error) return false;
    if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) parsed = ip::make_address_v4(ip::v4_mapped, parsed.to_v6());
    if (parsed.is_v4()) {
        for (const auto& network : networks_->v4)
            if (ip::network_v4(parsed.to_v4(), network.prefix_length()).network() == network.network()) return true;
        return false;
    }
    for (const auto& network : networks_->v6)
        if (ip::network_v6(parsed.to_v6(), network.prefix_length()).network() == network.network()) return true;
    return false;
}

std::optional<Assertion> TrustedProxies::read(const http::Request& request) const {
    if (!trusts(request.remote_address)) return std::nullopt;
    Assertion assertion;
    auto add = [&](const std::string& name, std::string_view value) {
        if (!name.starts_with(prefix_)) return;
        auto& values = assertion[name];
        for (auto& each : split_values(value)) values.push_back(std::move(each));
    };
    for (const auto& [name, value] : request.headers) {
        if (is_of_the_client(name) || value.empty()) continue;
        add(name, value);
        add(cgi_name(name), value);
    }
    return assertion;
}

}  // namespace cumulet::identity::federation

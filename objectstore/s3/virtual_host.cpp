#include "objectstore/s3/virtual_host.hpp"

#include "common/runtime/text.hpp"

namespace cumulet::objectstore::s3 {

namespace {

// What stands before ".DOMAIN"; empty: nothing does.
std::string below(const std::string& host, const std::vector<std::string>& domains) {
    for (const auto& domain : domains) {
        if (host.size() <= domain.size() + 1 || !host.ends_with(domain)) continue;
        const auto dot = host.size() - domain.size() - 1;
        if (host[dot] == '.') return host.substr(0, dot);
    }
    return "";
}

}  // namespace

std::optional<HostedBucket> hosted_bucket(const http::Request& request, const Settings& settings) {
    const auto sent = request.headers.get("Host");
    if ((settings.domains.empty() && settings.site_domains.empty()) || !sent) return std::nullopt;
    std::string host = text::to_lower(*sent);
    if (const auto colon = host.rfind(':'); colon != std::string::npos && host.back() != ']') host.resize(colon);
    // A domain of sites may lie below one of buckets.
    if (auto bucket = below(host, settings.site_domains); !bucket.empty()) return HostedBucket{std::move(bucket), true};
    if (auto bucket = below(host, settings.domains); !bucket.empty()) return HostedBucket{std::move(bucket), false};
    return std::nullopt;
}

}  // namespace cumulet::objectstore::s3

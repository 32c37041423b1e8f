// Which IPv4 ranges this machine uses already.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "cli/first_cloud.hpp"

namespace cumulet::cli {
namespace {

Range parse_range(const std::string& cidr) {
    const auto slash = cidr.find('/');
    in_addr address{};
    int length = 0;
    std::from_chars(cidr.data() + slash + 1, cidr.data() + cidr.size(), length);
    if (slash == std::string::npos || inet_pton(AF_INET, cidr.substr(0, slash).c_str(), &address) != 1)
        throw CommandError("'" + cidr + "' is not an IPv4 range");
    return {ntohl(address.s_addr), length == 0 ? 0 : ~std::uint32_t{0} << (32 - length)};
}

bool overlap(const Range& a, const Range& b) {
    const std::uint32_t common = a.mask & b.mask;
    return (a.address & common) == (b.address & common);
}

}  // namespace

std::vector<Range> parse_routes(const std::string& table) {
    std::vector<Range> ranges;
    std::istringstream lines(table);
    std::string line;
    std::getline(lines, line);  // names of the columns
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        std::string device, gateway, flags, references, use, metric;
        std::uint32_t destination = 0;
        std::uint32_t mask = 0;
        fields >> device >> std::hex >> destination >> gateway >> flags >> references >> use >> metric >> mask;
        // Printed as the number that the bytes in network order make on this machine.
        if (fields && mask != 0) ranges.push_back({ntohl(destination), ntohl(mask)});
    }
    return ranges;
}

std::string choose_range(const std::vector<std::string>& candidates, const std::vector<Range>& taken) {
    for (const auto& candidate : candidates) {
        const Range wanted = parse_range(candidate);
        if (std::none_of(taken.begin(), taken.end(), [&](const Range& used) { return overlap(wanted, used); }))
            return candidate;
    }
    throw CommandError("every range that could be the public network is in use on this machine");
}

}  // namespace cumulet::cli

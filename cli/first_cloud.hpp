// What a fresh cloud is given so that its first user can boot a guest: flavors, networks, a router, rules that let ping
// and ssh in, and the guest image. Made through the public APIs, only what is missing, once in the life of a state
// folder.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/cloud_config.hpp"

namespace cumulet::cli {

struct FirstCloudOptions {
    fs::path guest_image;               // empty: none; the sim driver then gets an empty disk as image
    std::int64_t started_us = 0;        // when `up` began, on the monotonic clock: for the times it prints
    std::chrono::seconds patience{60};  // for services to answer
};

// The `first-cloud` command, which `up` runs beside the daemons: gets the first token, makes what is missing, waits
// until the hosts have reported, and leaves its times in run/first-cloud.json. Throws CommandError.
int first_cloud(const CloudPlan& plan, const FirstCloudOptions& options);

// The first of `candidates` (CIDRs) that overlaps none of `taken` (pairs of address and mask, host byte order).
struct Range {
    std::uint32_t address, mask;
};
std::string choose_range(const std::vector<std::string>& candidates, const std::vector<Range>& taken);
// Reads the kernel's table of IPv4 routes, in the form of /proc/net/route; the default route is left out.
std::vector<Range> parse_routes(const std::string& table);

std::int64_t monotonic_us();

}  // namespace cumulet::cli

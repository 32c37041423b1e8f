#include "compute/placement/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cumulet::compute::placement {

namespace {

// A rule says yes by a null name, or names itself: what Decision::refused counts and explain() puts into words.
struct Rule {
    std::string_view name;
    bool (*passes)(const Candidate&, const Wanted&);
    std::string_view one, many;  // "1 is down", "2 are down"
};

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool has_needs(const Candidate& candidate, const Wanted& wanted) {
    return std::all_of(wanted.needs.begin(), wanted.needs.end(), [&](const std::string& need) {
        auto found = candidate.host.capabilities.find(need);
        return found != candidate.host.capabilities.end() && found->second;
    });
}

// Cheap and telling rules first: a host is counted under the first it fails.
constexpr Rule kRules[] = {
    {"host", [](const Candidate& c, const Wanted& w) { return w.host.empty() || c.host.name == w.host; },
     "is not the host asked for", "are not the host asked for"},
    {"tried", [](const Candidate& c, const Wanted& w) { return !contains(w.avoid, c.host.name); }, "failed before",
     "failed before"},
    {"disabled", [](const Candidate& c, const Wanted&) { return !c.host.disabled; }, "is disabled", "are disabled"},
    {"down", [](const Candidate& c, const Wanted&) { return c.up && !c.host.forced_down; }, "is down", "are down"},
    {"zone", [](const Candidate& c, const Wanted& w) { return w.zone.empty() || c.host.zone == w.zone; },
     "is not in the availability zone", "are not in the availability zone"},
    {"capability", has_needs, "lacks a capability", "lack a capability"},
    {"vcpus",
     [](const Candidate& c, const Wanted& w) { return c.use.vcpus + w.flavor.vcpus <= capacity_of(c.host).vcpus; },
     "has too few vCPUs", "have too few vCPUs"},
    {"memory",
     [](const Candidate& c, const Wanted& w) {
         return c.use.memory_mib + w.flavor.memory_mib <= capacity_of(c.host).memory_mib;
     },
     "has too little memory", "have too little memory"},
    {"disk",
     [](const Candidate& c, const Wanted& w) { return c.use.disk_gib + w.disk_gib <= capacity_of(c.host).disk_gib; },
     "has too little disk", "have too little disk"},
};

// Larger is better: the share of memory, then of vCPUs, that would stay free; a server fewer outweighs a hair of
// memory.
double weight(const Candidate& candidate, const Wanted& wanted) {
    const auto capacity = capacity_of(candidate.host);
    auto free_share = [](std::int64_t used, std::int64_t wanted, std::int64_t whole) {
        return whole <= 0 ? 0.0 : 1.0 - static_cast<double>(used + wanted) / static_cast<double>(whole);
    };
    return 2.0 * free_share(candidate.use.memory_mib, wanted.flavor.memory_mib, capacity.memory_mib) +
           free_share(candidate.use.vcpus, wanted.flavor.vcpus, capacity.vcpus) +
           0.5 * free_share(candidate.use.disk_gib, wanted.disk_gib, capacity.disk_gib);
}

}  // namespace

HostCapacity capacity_of(const Host& host) {
    auto times = [](std::int64_t amount, double ratio) {
        return static_cast<std::int64_t>(std::floor(static_cast<double>(std::max<std::int64_t>(amount, 0)) * ratio));
    };
    return {.vcpus = times(host.vcpus, host.cpu_ratio),
            .memory_mib = times(host.memory_mib - host.reserved_memory_mib, host.memory_ratio),
            .disk_gib = times(host.disk_gib, host.disk_ratio)};
}

std::string Decision::explain() const {
    if (!host.empty()) return fmt::format("Host {} was chosen among {}.", host, considered);
    if (considered == 0) return "No valid host was found. There is no host.";
    std::string parts;
    for (const auto& rule : kRules) {
        auto found = refused.find(std::string(rule.name));
        if (found == refused.end()) continue;
        if (!parts.empty()) parts += ", ";
        parts += fmt::format("{} {}", found->second, found->second == 1 ? rule.one : rule.many);
    }
    return fmt::format("No valid host was found. {} considered: {}.",
                       considered == 1 ? "1 host was" : fmt::format("{} hosts were", considered), parts);
}

Decision decide(const std::vector<Candidate>& hosts, const Wanted& wanted, Random& random) {
    // Weights closer than this are equal: drawn, so that racing placements spread.
    constexpr double kSame = 0.01;
    Decision decision;
    decision.considered = hosts.size();
    std::vector<std::pair<double, const Candidate*>> passed;
    for (const auto& candidate : hosts) {
        auto failed = std::find_if(std::begin(kRules), std::end(kRules),
                                   [&](const Rule& rule) { return !rule.passes(candidate, wanted); });
        if (failed == std::end(kRules))
            passed.emplace_back(weight(candidate, wanted), &candidate);
        else
            ++decision.refused[std::string(failed->name)];
    }
    if (passed.empty()) return decision;
    const double best = std::max_element(passed.begin(), passed.end(), [](const auto& a, const auto& b) {
                            return a.first < b.first;
                        })->first;
    std::erase_if(passed, [&](const auto& each) { return each.first < best - kSame; });
    decision.host = passed[passed.size() == 1 ? 0 : random.below(passed.size())].second->host.name;
    return decision;
}

}  // namespace cumulet::compute::placement

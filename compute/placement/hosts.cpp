#include "compute/placement/hosts.hpp"

#include "compute/placement/scheduler.hpp"

namespace cumulet::compute::placement {

Host register_host(store::Transaction& txn, Random& random, Host reported) {
    auto known = txn.get<Host>(reported.name);
    if (!known) {
        reported.uuid = random.uuid();
        reported.service_uuid = random.uuid();
        reported.created_at = txn.now();
        reported.started_at = txn.now();
        txn.put(reported, "host registered");
        return reported;
    }
    reported.uuid = known->uuid;
    reported.service_uuid = known->service_uuid;
    reported.zone = known->zone;
    reported.disabled = known->disabled;
    reported.disabled_reason = known->disabled_reason;
    reported.forced_down = known->forced_down;
    reported.created_at = known->created_at;
    reported.started_at = known->started_at;
    reported.generation = known->generation;
    if (store::encode_row(reported) == store::encode_row(*known)) return *known;
    reported.started_at = txn.now();
    ++reported.generation;
    txn.put(reported, "host changed");
    return reported;
}

void pulse(store::Transaction& txn, const std::string& host) {
    auto last = txn.peek<HostPulse>(host);
    if (last && txn.now() - last->seen_at < kPulseEvery) return;
    txn.put(HostPulse{.name = host, .seen_at = txn.now()}, "pulse");
}

bool is_up(const Host& host, const std::optional<HostPulse>& pulse, Timestamp now, Duration down_after) {
    return !host.forced_down && pulse && now - pulse->seen_at < down_after;
}

bool is_up(store::Transaction& txn, const std::string& name, Duration down_after) {
    auto host = txn.peek<Host>(name);
    return host && is_up(*host, txn.peek<HostPulse>(name), txn.now(), down_after);
}

std::vector<Candidate> candidates(store::Transaction& txn, Duration down_after) {
    // Four counters a host in one range: cheaper than asking for each.
    std::map<std::string, HostUse, std::less<>> use;
    constexpr std::string_view kPrefix = "use/";
    for (const auto& [name, value] : txn.counters(kPrefix)) {
        const std::string_view rest = std::string_view(name).substr(kPrefix.size());
        const auto slash = rest.rfind('/');
        if (slash == std::string_view::npos) continue;
        auto& of = use[std::string(rest.substr(0, slash))];
        const auto what = rest.substr(slash + 1);
        if (what == "vcpu")
            of.vcpus = value;
        else if (what == "memory_mib")
            of.memory_mib = value;
        else if (what == "disk_gib")
            of.disk_gib = value;
        else if (what == "servers")
            of.servers = value;
    }
    std::map<std::string, HostPulse, std::less<>> pulses;
    txn.visit<HostPulse>({}, [&](HostPulse&& pulse) {
        auto name = pulse.name;
        pulses.emplace(std::move(name), std::move(pulse));
        return true;
    });
    std::vector<Candidate> out;
    txn.visit<Host>({}, [&](Host&& host) {
        Candidate candidate{.host = std::move(host), .use = {}, .up = false};
        if (auto found = use.find(candidate.host.name); found != use.end()) candidate.use = found->second;
        if (auto heard = pulses.find(candidate.host.name); heard != pulses.end())
            candidate.up = is_up(candidate.host, heard->second, txn.now(), down_after);
        out.push_back(std::move(candidate));
        return true;
    });
    return out;
}

}  // namespace cumulet::compute::placement

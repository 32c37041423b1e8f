// One dnsmasq a network: what it is told, and that it runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compute/protocol/network_state.hpp"

namespace cumulet::compute::agent::network {

struct DhcpConfig {
    std::vector<std::string> arguments;  // of dnsmasq, without the program
    std::string hosts, options;          // contents of the files that SIGHUP re-reads
};
// `folder` is where the network's files are.
DhcpConfig dhcp_config(const protocol::NetworkSegment& network, const std::filesystem::path& folder);

// The server of a network: its files in `folder`, its process in a network namespace. Whether it runs is read off its
// pid file and /proc, so that it lives on when the agent stops.
class Dnsmasq {
public:
    Dnsmasq(std::string program, std::filesystem::path folder, std::string name_space);
    // Running with this configuration: started, restarted when its arguments changed, told when its files did.
    void ensure(const DhcpConfig& config);
    // Not running, no files. Absent already is fine.
    void remove();

private:
    int running_pid() const;  // 0: not
    void start(const DhcpConfig& config);
    void stop();
    std::string program_;
    std::filesystem::path folder_;
    std::string namespace_;
};

}  // namespace cumulet::compute::agent::network

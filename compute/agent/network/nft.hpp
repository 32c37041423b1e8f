// nftables through libnftables: no processes, one commit a call.
#pragma once

#include <string>

namespace cumulet::compute::agent::network {

// Carries out the commands, all or nothing, in the calling thread's network namespace. Throws std::runtime_error with
// what the kernel said.
void run_nft(const std::string& commands);

// Replaces the tables that `text` declares (each "table FAMILY NAME { … }") in one commit, unless the host already has
// them from the same text: the first table carries a chain named after the text's digest.
class RuleSet {
public:
    void table(const std::string& family, const std::string& name, const std::string& body);
    void apply() const;

private:
    std::string first_family_, first_name_, head_, text_;
};

// Absent already is fine.
void remove_table(const std::string& family, const std::string& name);

}  // namespace cumulet::compute::agent::network

// The private certificate authority of a cloud: mutual TLS between agents and the compute daemon.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/state_folder.hpp"

namespace cumulet::cli {

struct CertificateRequest {
    std::string common_name;
    std::vector<std::string> addresses;  // IP addresses the certificate is for
    std::vector<std::string> names;      // DNS names
    bool server = false;                 // for both sides; else for clients alone
};

// A certificate authority in a folder: ca.pem and ca.key (EC P-256; private keys are readable by their owner alone).
class CertificateAuthority {
public:
    // Opens the authority in `folder` or makes it. Throws CommandError.
    explicit CertificateAuthority(const fs::path& folder);

    // Makes <name>.pem and <name>.key unless they are there, belong to this authority and are valid for another 30
    // days. Whether they were made. Throws CommandError.
    bool ensure(const std::string& name, const CertificateRequest& request) const;

private:
    fs::path folder_;
};

// What compute daemon and local agent need: compute.pem and agent.pem.
void ensure_certificates(const StateFolder& state);

}  // namespace cumulet::cli

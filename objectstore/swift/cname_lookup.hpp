// Hosts of users' own that DNS says (CNAME) to mean a host below a storage domain.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/clock.hpp"
#include "common/runtime/worker_pool.hpp"

namespace cumulet::objectstore::swift {

struct NameServer {
    std::string address;  // IPv4
    std::uint16_t port = 53;
};
// "10.0.0.1" or "10.0.0.1:5353". Throws std::invalid_argument.
NameServer parse_name_server(std::string_view text);

// Answers are kept for as long as DNS says, that there is none for a minute. Any thread.
class CnameLookup {
public:
    // Without `servers` those of the system. At most `depth` records are followed.
    CnameLookup(std::vector<NameServer> servers, std::size_t depth, const Clock& clock);

    // Whether resolve() would ask DNS.
    bool would_ask(std::string_view host, const std::vector<std::string>& domains) const;
    // The host below one of `domains` that `host` (a name, without port) stands for. Blocks for some seconds at most.
    // Throws Fault 400 when there is none.
    std::string resolve(std::string_view host, const std::vector<std::string>& domains);
    // For those who would have to wait.
    runtime::WorkerPool& pool() { return pool_; }

private:
    struct Known {
        std::string target;  // empty: there is no such record
        Timestamp until;
    };
    std::optional<std::string> known(const std::string& name) const;
    std::string ask(const std::string& name);

    const std::vector<NameServer> servers_;
    const std::size_t depth_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, Known> known_;
    runtime::WorkerPool pool_;
};

// Whether `host` is below one of `domains`, or is one.
bool is_storage_host(std::string_view host, const std::vector<std::string>& domains);

}  // namespace cumulet::objectstore::swift

// A closed loop of HTTP requests over kept-alive connections, from one thread, as cheap as it gets: it shares the
// machine with what it measures.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cumulet::bench {

struct LoadOptions {
    std::string url;
    std::string method = "GET";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    unsigned connections = 16;
    double seconds = 5;                        // whichever of the two comes first
    std::uint64_t requests = 0;                // 0: no bound
    std::uint64_t first_number = 0;            // what {n} starts from
    std::string ca_file, cert_file, key_file;  // https; no ca_file: any certificate is taken
};

struct LoadResult {
    std::uint64_t requests = 0;
    std::uint64_t broken = 0;  // connections that ended without the answer
    std::map<int, std::uint64_t> statuses;
    std::string first_refusal;  // body of the first answer that is not 2xx
    std::uint64_t body_bytes = 0;
    double seconds = 0;
    std::vector<std::uint32_t> latencies_us;  // sorted
    double percentile_us(double fraction) const;
};

// Throws std::runtime_error when the URL cannot be used or nobody listens.
LoadResult run_load(const LoadOptions& options);

}  // namespace cumulet::bench

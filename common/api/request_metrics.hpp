// What a service measures of each request.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "common/api/service.hpp"
#include "common/runtime/metrics.hpp"

namespace cumulet::api {

// cumulet_<service>_requests_total{endpoint, status} and cumulet_<service>_request_seconds. Any thread.
class RequestMetrics {
public:
    RequestMetrics(runtime::Metrics& metrics, const ServiceDescription& description);
    // `endpoint` null: no endpoint was found.
    void count(const Endpoint* endpoint, int status, double seconds);

private:
    // By class of status (1xx to 5xx), made when first counted.
    struct Counters {
        std::array<std::once_flag, 6> once;
        std::array<std::optional<runtime::Counter>, 6> counters;
    };
    runtime::Family<runtime::Counter> requests_;
    runtime::Histogram seconds_;
    std::unordered_map<const Endpoint*, std::unique_ptr<Counters>> by_endpoint_;  // not changed after construction
};

}  // namespace cumulet::api

#include "common/api/request_metrics.hpp"

#include <algorithm>

namespace cumulet::api {

namespace {

std::string label_of(const Endpoint* endpoint) {
    if (!endpoint) return "none";
    std::string label = fmt::format("{} {}", http::to_string(endpoint->method), endpoint->path);
    if (!endpoint->action.empty()) label += fmt::format(" {}", endpoint->action);
    return label;
}

}  // namespace

RequestMetrics::RequestMetrics(runtime::Metrics& metrics, const ServiceDescription& description)
    : requests_(metrics.counter("cumulet_" + description.name + "_requests_total",
                                "Requests answered, by endpoint and class of status.", {"endpoint", "status"})),
      seconds_(metrics.histogram("cumulet_" + description.name + "_request_seconds",
                                 "Time from a request's head to its answer's.", runtime::seconds_buckets())) {
    by_endpoint_.emplace(nullptr, std::make_unique<Counters>());
    for (const auto& table : description.tables)
        for (const auto& endpoint : table) by_endpoint_.emplace(&endpoint, std::make_unique<Counters>());
}

void RequestMetrics::count(const Endpoint* endpoint, int status, double seconds) {
    seconds_.observe(seconds);
    auto found = by_endpoint_.find(endpoint);
    if (found == by_endpoint_.end()) return;
    const auto index = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
    Counters& counters = *found->second;
    std::call_once(counters.once[index], [&] {
        counters.counters[index] = requests_.with({label_of(endpoint), std::to_string(index) + "xx"});
    });
    counters.counters[index]->add();
}

}  // namespace cumulet::api

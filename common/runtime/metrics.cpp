#include "common/runtime/metrics.hpp"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace cumulet::runtime {
namespace {

constexpr std::size_t kMaxSeries = 1000;

template <class Series>
struct Underlying;
template <>
struct Underlying<Counter> {
    using type = prometheus::Counter;
};
template <>
struct Underlying<Gauge> {
    using type = prometheus::Gauge;
};
template <>
struct Underlying<Histogram> {
    using type = prometheus::Histogram;
};

}  // namespace

template <class Series>
struct Family<Series>::State {
    using Inner = typename Underlying<Series>::type;

    std::string name;
    std::vector<std::string> labels;
    std::vector<double> bounds;  // of histograms
    prometheus::Family<Inner>* family = nullptr;
    std::mutex mutex;
    std::map<std::vector<std::string>, Inner*> series;

    Inner* add(const std::vector<std::string>& values) {
        prometheus::Labels named;
        for (std::size_t i = 0; i < labels.size(); ++i) named.emplace(labels[i], values[i]);
        if constexpr (std::is_same_v<Series, Histogram>)
            return &family->Add(named, bounds);
        else
            return &family->Add(named);
    }

    Inner* with(const std::vector<std::string>& values) {
        if (values.size() != labels.size())
            throw std::logic_error(fmt::format("metric {} has {} labels, not {}", name, labels.size(), values.size()));
        const std::lock_guard lock(mutex);
        if (const auto found = series.find(values); found != series.end()) return found->second;
        if (series.size() < kMaxSeries) return series[values] = add(values);
        const std::vector<std::string> other(labels.size(), "other");
        if (const auto found = series.find(other); found != series.end()) return found->second;
        return series[other] = add(other);
    }
};

template <class Series>
Series Family<Series>::with(const std::vector<std::string>& values) const {
    return Series(state_->with(values));
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

void Counter::add(double by) { series_->Increment(by); }
double Counter::value() const { return series_->Value(); }
void Gauge::set(double to) { series_->Set(to); }
void Gauge::add(double by) { series_->Increment(by); }
double Gauge::value() const { return series_->Value(); }
void Histogram::observe(double value) { series_->Observe(value); }

struct Metrics::State {
    struct Read {
        prometheus::Gauge* gauge;
        std::function<double()> read;
    };

    prometheus::Registry registry;
    mutable std::mutex mutex;
    std::set<std::string> names;
    std::vector<Read> reads;

    void claim(const std::string& name) {
        const std::lock_guard lock(mutex);
        if (!names.insert(name).second) throw std::logic_error("metric " + name + " is declared twice");
    }

    template <class Series, class Build>
    std::shared_ptr<typename Family<Series>::State> declare(Build&& build, const std::string& name,
                                                            const std::string& help, std::vector<std::string> labels,
                                                            std::vector<double> bounds = {}) {
        claim(name);
        auto made = std::make_shared<typename Family<Series>::State>();
        made->name = name;
        made->labels = std::move(labels);
        made->bounds = std::move(bounds);
        made->family = &build().Name(name).Help(help).Register(registry);
        return made;
    }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Family<Counter> Metrics::counter(const std::string& name, const std::string& help, std::vector<std::string> labels) {
    return Family<Counter>(
        state_->declare<Counter>([] { return prometheus::BuildCounter(); }, name, help, std::move(labels)));
}

Counter Metrics::counter(const std::string& name, const std::string& help) { return counter(name, help, {}).with({}); }

Family<Gauge> Metrics::gauge(const std::string& name, const std::string& help, std::vector<std::string> labels) {
    return Family<Gauge>(
        state_->declare<Gauge>([] { return prometheus::BuildGauge(); }, name, help, std::move(labels)));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help) { return gauge(name, help, {}).with({}); }

Family<Histogram> Metrics::histogram(const std::string& name, const std::string& help, std::vector<std::string> labels,
                                     std::vector<double> bounds) {
    return Family<Histogram>(state_->declare<Histogram>([] { return prometheus::BuildHistogram(); }, name, help,
                                                        std::move(labels), std::move(bounds)));
}

Histogram Metrics::histogram(const std::string& name, const std::string& help, std::vector<double> bounds) {
    return histogram(name, help, {}, std::move(bounds)).with({});
}

void Metrics::gauge_from(const std::string& name, const std::string& help, std::function<double()> read) {
    auto family = state_->declare<Gauge>([] { return prometheus::BuildGauge(); }, name, help, {});
    auto* series = family->with({});
    const std::lock_guard lock(state_->mutex);
    state_->reads.push_back({series, std::move(read)});
}

std::string Metrics::text() const {
    {
        const std::lock_guard lock(state_->mutex);
        for (auto& [gauge, read] : state_->reads) gauge->Set(read());
    }
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, state_->registry.Collect());
    return out.str();
}

std::vector<double> seconds_buckets() {
    return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

}  // namespace cumulet::runtime

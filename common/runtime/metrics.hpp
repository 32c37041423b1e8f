// Metrics in Prometheus' form. A metric is declared once, with the names of its labels, and handed to whom it concerns:
//
//     auto requests = metrics.counter("cumulet_requests_total", "Requests answered.", {"endpoint", "status"});
//     requests.with({"server_lock", "202"}).add();
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace cumulet::runtime {

// One series. Handles are small, copied freely, live as long as their Metrics, and are used by any thread without a
// lock.
class Counter {
public:
    explicit Counter(prometheus::Counter* series) : series_(series) {}
    void add(double by = 1);  // by >= 0
    double value() const;

private:
    prometheus::Counter* series_;
};

class Gauge {
public:
    explicit Gauge(prometheus::Gauge* series) : series_(series) {}
    void set(double to);
    void add(double by);
    double value() const;

private:
    prometheus::Gauge* series_;
};

class Histogram {
public:
    explicit Histogram(prometheus::Histogram* series) : series_(series) {}
    void observe(double value);

private:
    prometheus::Histogram* series_;
};

// A declared metric: `with` gives the series of one combination of label values, in the order of the declared names.
// Takes a lock: keep the handle where it is used often. Past 1,000 combinations all further ones share a series whose
// values are "other", so that values from outside cannot grow the process. Any thread.
template <class Series>
class Family {
public:
    struct State;
    explicit Family(std::shared_ptr<State> state) : state_(std::move(state)) {}
    // Throws std::logic_error when there are not as many values as declared names.
    Series with(const std::vector<std::string>& values) const;

private:
    std::shared_ptr<State> state_;
};

// Declaring the same name twice throws std::logic_error. Any thread.
class Metrics {
public:
    Metrics();
    ~Metrics();

    Family<Counter> counter(const std::string& name, const std::string& help, std::vector<std::string> labels);
    Counter counter(const std::string& name, const std::string& help);
    Family<Gauge> gauge(const std::string& name, const std::string& help, std::vector<std::string> labels);
    Gauge gauge(const std::string& name, const std::string& help);
    // `bounds`: upper bounds of the buckets, ascending; seconds_buckets() suits durations.
    Family<Histogram> histogram(const std::string& name, const std::string& help, std::vector<std::string> labels,
                                std::vector<double> bounds);
    Histogram histogram(const std::string& name, const std::string& help, std::vector<double> bounds);
    // A gauge that is asked when somebody looks. `read` runs on the thread that calls text() and outlives this object.
    void gauge_from(const std::string& name, const std::string& help, std::function<double()> read);

    // Everything in the text exposition format, version 0.0.4.
    std::string text() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// 0.5 ms to 30 s.
std::vector<double> seconds_buckets();

}  // namespace cumulet::runtime

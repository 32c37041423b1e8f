// http_bench: load on one URL, and what it costs the server.
#include <fmt/format.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "http_load.hpp"

namespace {

using cumulet::bench::LoadOptions;
using cumulet::bench::LoadResult;

std::string read_body(const std::string& file) {
    if (file.empty()) return {};
    if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error(fmt::format("cannot read {}", file));
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::pair<std::string, std::string> split_header(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) throw std::runtime_error(fmt::format("not a header: {}", text));
    const auto value = text.find_first_not_of(' ', colon + 1);
    return {text.substr(0, colon), value == std::string::npos ? "" : text.substr(value)};
}

// CPU seconds of the processes so far, all threads, by the scheduler's own count: /proc/PID/stat counts ticks, which
// misses most of what a server does in slices of microseconds.
double cpu_seconds(const std::vector<int>& pids) {
    double sum = 0;
    for (const int pid : pids) {
        clockid_t clock{};
        timespec time{};
        if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
            throw std::runtime_error(fmt::format("no process {}", pid));
        sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }
    return sum;
}

nlohmann::json to_json(const LoadOptions& options, const LoadResult& result, std::optional<double> cpu) {
    const auto count = static_cast<double>(std::max<std::uint64_t>(result.requests, 1));
    nlohmann::json json{{"url", options.url},
                        {"method", options.method},
                        {"connections", options.connections},
                        {"requests", result.requests},
                        {"broken", result.broken},
                        {"seconds", result.seconds},
                        {"requests_per_s", count / result.seconds},
                        {"p50_us", result.percentile_us(0.5)},
                        {"p99_us", result.percentile_us(0.99)},
                        {"max_us", result.percentile_us(1)},
                        {"body_bytes", result.body_bytes}};
    for (const auto& [status, times] : result.statuses) json["statuses"][std::to_string(status)] = times;
    if (cpu) {
        json["cpu_s"] = *cpu;
        json["cpu_us_per_request"] = *cpu * 1e6 / count;
    }
    return json;
}

void print(const nlohmann::json& json) {
    fmt::print("{} {}  {} connections\n", json["method"].get<std::string>(), json["url"].get<std::string>(),
               json["connections"].get<unsigned>());
    fmt::print("  {} requests in {:.2f} s = {:.0f}/s, statuses {}, {} broken\n", json["requests"].get<std::uint64_t>(),
               json["seconds"].get<double>(), json["requests_per_s"].get<double>(),
               json.value("statuses", nlohmann::json()).dump(), json["broken"].get<std::uint64_t>());
    fmt::print("  latency p50 {} us, p99 {} us, max {} us; {:.1f} MB of bodies\n", json["p50_us"].get<double>(),
               json["p99_us"].get<double>(), json["max_us"].get<double>(), json["body_bytes"].get<double>() / 1e6);
    if (json.contains("cpu_s"))
        fmt::print("  server: {:.2f} s of CPU = {:.1f} us a request, {:.0f} requests per CPU second\n",
                   json["cpu_s"].get<double>(), json["cpu_us_per_request"].get<double>(),
                   json["requests"].get<double>() / std::max(json["cpu_s"].get<double>(), 0.01));
}

int run(const LoadOptions& options, const std::vector<int>& pids, bool as_json, int wanted_class) {
    const double before = cpu_seconds(pids);
    const auto result = cumulet::bench::run_load(options);
    const auto cpu = pids.empty() ? std::nullopt : std::optional(cpu_seconds(pids) - before);
    const auto json = to_json(options, result, cpu);
    if (as_json) {
        fmt::print("{}\n", json.dump(2));
    } else {
        print(json);
    }
    bool good = result.broken == 0 && result.requests > 0;
    for (const auto& [status, times] : result.statuses) good = good && status / 100 == wanted_class;
    if (!result.first_refusal.empty() && wanted_class == 2) fmt::print(stderr, "a refusal: {}\n", result.first_refusal);
    return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without the flag that would prevent it
    LoadOptions options;
    std::vector<std::string> headers;
    std::vector<int> pids;
    std::string body_file;
    bool as_json = false;
    int wanted_class = 2;
    CLI::App app("Drives kept-alive connections against a URL and measures. {n} becomes the number of the request.");
    app.add_option("url", options.url, "http:// or https://")->required();
    app.add_option("-X,--method", options.method, "method");
    app.add_option("-H,--header", headers, "'Name: value', any number of times")->expected(1)->take_all();
    app.add_option("-d,--data", options.body, "body, as text");
    app.add_option("--body", body_file, "file that holds the body, - for standard input");
    app.add_option("-c,--connections", options.connections, "connections");
    app.add_option("-s,--seconds", options.seconds, "for how long at most");
    app.add_option("-n,--requests", options.requests, "how many requests at most");
    app.add_option("--first", options.first_number, "what {n} starts from");
    app.add_option("--pid", pids, "the server's process, any number of times: CPU per request is printed")
        ->expected(1)
        ->take_all();
    app.add_option("--expect", wanted_class, "class of the statuses wanted, 2 for 2xx");
    app.add_option("--ca", options.ca_file, "whom to trust, PEM; without it any certificate is taken");
    app.add_option("--cert", options.cert_file, "client certificate, PEM");
    app.add_option("--key", options.key_file, "its key, PEM");
    app.add_flag("--json", as_json, "print JSON");
    CLI11_PARSE(app, argc, argv);
    try {
        for (const auto& header : headers) options.headers.push_back(split_header(header));
        if (!body_file.empty()) options.body = read_body(body_file);
        return run(options, pids, as_json, wanted_class);
    } catch (const std::exception& error) {
        fmt::print(stderr, "http_bench: {}\n", error.what());
        return 2;
    }
}

// store_bench [folder]: how long the store takes for what handlers do with it. Prints one line a measurement; the
// folder (default: a temporary one) tells which disk is measured.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "common/store/transaction.hpp"

namespace {

using namespace cumulet;
using namespace cumulet::store;
using Steady = std::chrono::steady_clock;

struct Item {
    std::string id;
    std::string project;
    std::string payload;
};

double micros(Steady::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

// Runs `body` `count` times and prints how long one takes.
template <class Body>
void measure(std::string_view engine, std::string_view what, int count, Body&& body) {
    std::vector<double> times;
    times.reserve(static_cast<std::size_t>(count));
    const auto start = Steady::now();
    for (int i = 0; i < count; ++i) {
        const auto from = Steady::now();
        body(i);
        times.push_back(micros(Steady::now() - from));
    }
    const double all = micros(Steady::now() - start);
    std::sort(times.begin(), times.end());
    fmt::print("{:8} {:44} {:9.1f} us median {:9.1f} us p99 {:10.0f}/s\n", engine, what, times[times.size() / 2],
               times[times.size() * 99 / 100], count * 1e6 / all);
}

std::string id_of(int i) { return fmt::format("item-{:07}", i); }

}  // namespace

template <>
struct cumulet::store::Describe<Item> {
    static constexpr std::string_view collection = "item";
    static constexpr int version = 1;
    static constexpr auto key = List{&Item::id};
    static constexpr auto fields =
        List{field("id", &Item::id), field("project", &Item::project), field("payload", &Item::payload)};
    static constexpr auto indexes = List{index("project", &Item::project)};
};

namespace {

void put_one(Engine& engine, int i) {
    transact(engine, {.operation = "bench"}, [&](Transaction& txn) {
        txn.put(Item{id_of(i), fmt::format("project-{}", i % 10), std::string(512, 'x')}, "created");
        txn.add("items", 1, 1'000'000'000);
    });
}

// Commits by so many threads for two seconds.
void measure_writers(Engine& engine, std::string_view name, int threads) {
    std::atomic<int> next = 1'000'000, commits = 0;
    std::atomic<bool> stop = false;
    const auto start = Steady::now();
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < threads; ++i)
            writers.emplace_back([&] {
                while (!stop) {
                    put_one(engine, next++);
                    ++commits;
                }
            });
        std::this_thread::sleep_for(std::chrono::seconds(2));
        stop = true;
    }
    const double seconds = micros(Steady::now() - start) / 1e6;
    fmt::print("{:8} {:44} {:10.0f}/s\n", name, fmt::format("commits by {} writers", threads), commits / seconds);
}

void measure_engine(Engine& engine, std::string_view name) {
    measure(name, "commit: row, index, log, counter", 1000, [&](int i) { put_one(engine, i); });
    for (int batch = 1; batch < 20; ++batch)
        transact(engine, {}, [&](Transaction& txn) {
            for (int i = 1000 * batch; i < 1000 * (batch + 1); ++i)
                txn.put(Item{id_of(i), fmt::format("project-{}", i % 10), std::string(512, 'x')}, "created");
        });
    measure(name, "get in a transaction of its own", 20'000, [&](int i) {
        if (!Transaction(engine, {}).get<Item>(id_of(i * 7 % 20'000))) throw std::runtime_error("lost");
    });
    const auto page_behind = [&](std::string after) {
        return Transaction(engine, {})
            .scan<Item>({.index = "project", .limit = 100, .after = std::move(after)}, "project-3");
    };
    measure(name, "page of 100 by index, the first", 500, [&](int) { page_behind(""); });
    const Item far{id_of(18'003), "project-3", ""};
    measure(name, "page of 100 by index, far behind", 500,
            [&](int) { page_behind(Transaction::cursor_of("project", far)); });
    for (int writers : {1, 16}) measure_writers(engine, name, writers);
}

}  // namespace

int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    const fs::path folder =
        (argc > 1 ? fs::path(argv[1]) : fs::temp_directory_path()) / fmt::format("store_bench.{}", getpid());
    measure_engine(*make_memory_engine(), "memory");
    measure_engine(*make_rocksdb_engine({.folder = folder}), "rocksdb");
    fs::remove_all(folder);
}

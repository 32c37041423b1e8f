// Random operations against a plain model, with reopenings and with processes killed in the midst of commits.
#include "engine_model.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>

#include "stores_under_test.hpp"
#include "tests/support/child.hpp"
#include "tests/support/eventually.hpp"

using namespace cumulet::store;
using cumulet::test::Child;
using cumulet::test::TemporaryFolder;

namespace {

// From CUMULET_TEST_SEED, or new each time; printed so that a failure can be repeated.
std::uint64_t test_seed() {
    const char* given = std::getenv("CUMULET_TEST_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "CUMULET_TEST_SEED=" << seed << std::endl;
    return seed;
}

void require_same(Snapshot& snapshot, const EngineModel& model) {
    REQUIRE(snapshot.revision() == model.revision);
    for (bool reverse : {false, true}) {
        std::map<std::string, Value> values;
        snapshot.scan({.reverse = reverse}, [&](std::string_view key, std::string_view bytes, Revision revision) {
            values[std::string(key)] = {std::string(bytes), revision};
            return true;
        });
        REQUIRE(values.size() == model.values.size());
        for (const auto& [key, value] : model.values) {
            REQUIRE(values[key].revision == value.revision);
            REQUIRE(values[key].bytes == value.bytes);
        }
    }
    for (const auto& [key, value] : model.counters) REQUIRE(snapshot.counter(key) == value);
}

void require_same_log(Engine& engine, const EngineModel& model) {
    const Revision first = engine.first_log_revision();
    auto expected = model.log.lower_bound(first);
    for (const auto& entry : engine.read_log(first - 1, 1'000'000)) {
        REQUIRE(expected != model.log.end());
        REQUIRE(entry.revision == expected->first);
        REQUIRE(entry.bytes == expected->second);
        ++expected;
    }
    REQUIRE(expected == model.log.end());
}

void require_same(Engine& engine, const EngineModel& model) {
    REQUIRE(engine.last_revision() == model.revision);
    require_same(*engine.snapshot(), model);
    require_same_log(engine, model);
}

// How far a store that holds `revision` has come: the model then, and the step to go on with.
std::pair<EngineModel, std::uint64_t> replay(std::uint64_t seed, Revision revision) {
    EngineModel model;
    std::uint64_t step = 0;
    for (; model.revision < revision; ++step) model.apply(EngineModel::batch(seed, step, model));
    return {std::move(model), step};
}

}  // namespace

TEMPLATE_TEST_CASE("random batches leave an engine as they leave a plain model", "", MemoryUnderTest,
                   RocksdbUnderTest) {
    const std::uint64_t seed = test_seed();
    INFO("CUMULET_TEST_SEED=" << seed);
    std::mt19937_64 random(seed);
    TestType store;
    auto engine = store.open();
    EngineModel model;
    std::deque<std::pair<std::unique_ptr<Snapshot>, EngineModel>> old;
    int refused = 0;
    for (std::uint64_t step = 0; step < 400; ++step) {
        const Batch batch = EngineModel::batch(seed, step, model);
        const Outcome expected = model.apply(batch);
        const auto result = commit_and_wait(*engine, batch);
        REQUIRE(result.outcome == expected);
        if (expected == Outcome::committed)
            REQUIRE(result.revision == model.revision);
        else
            ++refused;
        if (random() % 20 == 0) old.emplace_back(engine->snapshot(), model);
        if (old.size() > 4 || (!old.empty() && random() % 30 == 0)) {
            require_same(*old.front().first, old.front().second);
            old.pop_front();
        }
        if (random() % 50 == 0) engine->trim_log(random() % (model.revision + 2));
        if (random() % 40 == 0) require_same(*engine, model);
        if (store.durable() && random() % 60 == 0) {
            old.clear();
            engine.reset();
            engine = store.open();
            require_same(*engine, model);
        }
    }
    require_same(*engine, model);
    REQUIRE(refused > 10);
    REQUIRE(refused < 200);
}

TEST_CASE("a killed process loses nothing that it acknowledged and tears no commit apart") {
    const std::uint64_t seed = test_seed();
    INFO("CUMULET_TEST_SEED=" << seed);
    std::mt19937_64 random(seed);
    TemporaryFolder temp;
    const auto acknowledged = [&] {
        Revision newest = 0;
        const std::string bytes = cumulet::test::read_file(temp.file("acknowledged"));
        for (std::size_t i = 0; i + sizeof newest <= bytes.size(); i += sizeof newest)
            newest = std::max(newest, *reinterpret_cast<const Revision*>(bytes.data() + i));
        return newest;
    };
    Revision reached = 0;
    for (int round = 0; round < 12; ++round) {
        Child child({"/proc/self/exe", "child: commits until it is killed"}, temp.file("output"),
                    {{"STORE_TEST_FOLDER", temp.path()}, {"STORE_TEST_SEED", std::to_string(seed)}});
        const Revision wanted = reached + 1 + random() % 150;
        cumulet::test::eventually([&] { return acknowledged() >= wanted || !child.is_running(); },
                                  std::chrono::seconds(60));
        INFO(cumulet::test::read_file(temp.file("output")));
        REQUIRE(child.is_running());
        child.signal(SIGKILL);
        child.wait();
        auto engine = make_rocksdb_engine({.folder = temp.path() / "store"});
        REQUIRE(acknowledged() >= wanted);
        REQUIRE(engine->last_revision() >= acknowledged());
        reached = engine->last_revision();
        require_same(*engine, replay(seed, reached).first);
    }
}

TEST_CASE("child: commits until it is killed", "[.]") {
    const char* folder = std::getenv("STORE_TEST_FOLDER");
    const char* seed_text = std::getenv("STORE_TEST_SEED");
    if (!folder || !seed_text) return;
    const std::uint64_t seed = std::strtoull(seed_text, nullptr, 10);
    const int log = ::open((std::string(folder) + "/acknowledged").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    REQUIRE(log >= 0);
    auto engine =
        make_rocksdb_engine({.folder = std::filesystem::path(folder) / "store", .write_buffer_bytes = 256u << 10});
    auto [model, step] = replay(seed, engine->last_revision());
    std::mutex mutex;
    std::condition_variable answered;
    int waiting = 0;
    // Several under way at once, so that kills hit groups. They commit in the order in which they are handed over.
    for (;; ++step) {
        Batch batch = EngineModel::batch(seed, step, model);
        const Outcome expected = model.apply(batch);
        std::unique_lock lock(mutex);
        answered.wait(lock, [&] { return waiting < 8; });
        ++waiting;
        lock.unlock();
        engine->commit(std::move(batch), [&, expected, revision = model.revision](CommitResult result) {
            if (result.outcome != expected || (expected == Outcome::committed && result.revision != revision))
                std::abort();
            if (expected == Outcome::committed &&
                ::write(log, &result.revision, sizeof result.revision) != sizeof result.revision)
                std::abort();
            std::lock_guard lock(mutex);
            --waiting;
            answered.notify_all();
        });
        if (step % 97 == 0 && model.revision > 50) engine->trim_log(model.revision - 50);
        if (step % 211 == 0) engine->backup(std::filesystem::path(folder) / ("backup" + std::to_string(step)));
    }
}
